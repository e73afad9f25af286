// The view in the address, so that a link shows exactly what is seen: pens, time, comparison, scales, cursor, thresholds.

const list = (text) => (text ?? "").split(",").filter(Boolean);
const whole = (text) => (/^-?\d{1,15}$/.test(text ?? "") ? Number(text) : null);

export const readAddress = () => {
  const query = new URL(location.href).searchParams;
  return { cursor: whole(query.get("cursor")), logs: new Set(list(query.get("log"))), hidden: new Set(list(query.get("off"))) };
};

// `state`: { name, zoom, isHeld, view, shift, zero, cursor, logs, hidden, above }
export const writeAddress = (ids, state) => {
  const address = new URL(location.href), { searchParams: query } = address, put = (name, value) => (value === null || value === "" ? query.delete(name) : query.set(name, value));
  const fixed = state.zoom ?? (state.isHeld ? state.view : null);
  put("channels", ids.join(","));
  put("span", fixed ? null : state.name);
  put("from", fixed && Math.round(fixed[0]));
  put("to", fixed && Math.round(fixed[1]));
  for (const typed of ["start", "end", "channel"]) query.delete(typed);
  if (!state.beside) for (const name of ["run", "against"]) query.delete(name);
  put("shift", state.shift && !state.beside ? state.shift : null);
  put("zero", state.zero !== null && !state.beside ? state.zero : null);
  put("cursor", state.cursor === null ? null : Math.round(state.cursor));
  put("log", [...state.logs].join(","));
  put("off", [...state.hidden].join(","));
  for (const name of [...query.keys()]) if (name.startsWith("above.")) query.delete(name);
  for (const [id, value] of state.above) query.set(`above.${id}`, value);
  history.replaceState(null, "", address);
};
