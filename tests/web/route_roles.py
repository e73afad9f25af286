"""Who may use which route, written down a second time: a change of sides must be meant.

A line a route: method, path, least role, and the scopes of API tokens that it takes: r(ead),
t(elemetry), f(ull); `-`: no token, only people who signed in; `anybody`: no login needed.
"""

TABLE = """
GET    / viewer rf
GET    /streams/live viewer rf
GET    /dashboards viewer rf
POST   /dashboards operator f
GET    /dashboards/import operator rf
POST   /dashboards/import operator f
GET    /dashboards/{public_id}/export.json viewer rf
GET    /dashboards/{public_id} viewer rf
GET    /streams/dashboards/{public_id} viewer rf
GET    /dashboards/{public_id}/grid.css viewer rf
GET    /dashboards/{public_id}/widgets/new operator rf
POST   /dashboards/{public_id}/widgets operator f
GET    /dashboards/{public_id}/widgets/{widget_id} operator rf
POST   /dashboards/{public_id}/widgets/{widget_id} operator f
POST   /dashboards/{public_id}/widgets/{widget_id}/remove operator f
POST   /dashboards/{public_id}/place operator f
POST   /dashboards/{public_id}/close-up operator f
POST   /dashboards/{public_id}/undo operator f
GET    /dashboards/{public_id}/properties operator rf
POST   /dashboards/{public_id}/properties operator f
POST   /dashboards/{public_id}/duplicate operator f
GET    /dashboards/{public_id}/delete operator rf
POST   /dashboards/{public_id}/delete operator f
GET    /trends viewer rf
GET    /trends/data viewer rf
GET    /trends/marks viewer rf
GET    /trends/statistics viewer rf
GET    /trends/export.csv viewer rf
GET    /trends/picture.svg viewer rf
GET    /history viewer rf
GET    /dashboards/{public_id}/widgets/{widget_id}/picture operator rf
POST   /dashboards/{public_id}/widgets/{widget_id}/picture operator f
POST   /dashboards/{public_id}/widgets/{widget_id}/picture/choose operator f
GET    /wall-screens operator rf
POST   /wall-screens operator f
GET    /wall-screens/{public_id} operator rf
POST   /wall-screens/{public_id} operator f
POST   /wall-screens/{public_id}/link operator f
POST   /wall-screens/{public_id}/revoke operator f
GET    /wall/open anybody
POST   /wall/open anybody
GET    /wall anybody
GET    /wall/{public_id} anybody
GET    /streams/wall/{public_id} anybody
GET    /wall/{public_id}/grid.css anybody
GET    /wall/{public_id}/values anybody
GET    /wall/pictures/{picture_id}/file anybody
GET    /pictures viewer rf
POST   /pictures operator f
GET    /pictures/{public_id} viewer rf
GET    /pictures/{public_id}/file viewer rf
POST   /pictures/{public_id}/rename operator f
POST   /pictures/{public_id}/replace operator f
POST   /pictures/{public_id}/delete operator f
GET    /api/v1/pictures viewer rf
POST   /api/v1/pictures operator f
GET    /api/v1/pictures/{public_id} viewer rf
PUT    /api/v1/pictures/{public_id} operator f
DELETE /api/v1/pictures/{public_id} operator f
GET    /api/v1/pictures/{public_id}/content viewer rf
PUT    /api/v1/pictures/{public_id}/content operator f
GET    /export viewer rf
POST   /export viewer rf
POST   /export/file viewer rf
GET    /export/progress/{job} viewer rf
POST   /export/cancel/{job} viewer rf
GET    /streams/trend viewer rf
GET    /events viewer rf
POST   /events operator f
GET    /events/values viewer rf
GET    /events/groups operator rf
POST   /events/groups operator f
POST   /events/{public_id} operator f
GET    /events/{public_id}/edit operator rf
POST   /events/{public_id}/preview operator f
GET    /events/{public_id}/remove operator rf
POST   /events/{public_id}/remove operator f
GET    /derived/new operator rf
POST   /derived operator f
POST   /derived/preview operator f
GET    /derived/{public_id} operator rf
POST   /derived/{public_id} operator f
GET    /typed-channels/new operator rf
POST   /typed-channels operator f
GET    /events/{public_id}/calibration operator rf
POST   /events/{public_id}/calibration operator f
GET    /forced viewer rf
GET    /events/{public_id}/forced operator rf
POST   /events/{public_id}/forced operator f
POST   /events/{public_id}/forced/end operator f
GET    /api/v1/events/{public_id}/calibrations viewer rf
POST   /api/v1/events/{public_id}/calibrations operator f
PUT    /api/v1/events/{public_id}/forced operator f
DELETE /api/v1/events/{public_id}/forced operator f
GET    /api/v1/forced viewer rf
GET    /api/v1/layout-changes viewer rf
POST   /api/v1/layout-changes/seen admin f
GET    /api/v1/values viewer rf
GET    /api/v1/relays viewer rf
GET    /api/v1/derived viewer rf
POST   /api/v1/derived operator f
POST   /api/v1/derived/check operator f
GET    /api/v1/derived/{public_id} viewer rf
PUT    /api/v1/derived/{public_id} operator f
POST   /api/v1/typed-channels operator f
GET    /experiments viewer rf
POST   /experiments operator f
GET    /experiments/note operator rf
POST   /experiments/note operator f
POST   /experiments/phase operator f
GET    /experiments/{public_id} viewer rf
GET    /experiments/{public_id}/figures viewer rf
GET    /experiments/{public_id}/report viewer rf
GET    /experiments/{public_id}/compare viewer rf
POST   /experiments/{public_id} operator f
POST   /experiments/{public_id}/outcome operator f
POST   /experiments/{public_id}/phases/{phase}/remove operator f
GET    /experiments/{public_id}/export.csv viewer rf
POST   /experiments/{public_id}/protect operator f
GET    /experiments/{public_id}/stop operator rf
POST   /experiments/{public_id}/stop operator f
GET    /experiments/{public_id}/delete operator rf
POST   /experiments/{public_id}/delete operator f
GET    /outputs viewer rf
GET    /streams/outputs viewer rf
POST   /outputs/all-safe operator f
GET    /outputs/release operator rf
POST   /outputs/release operator f
GET    /outputs/{public_id} viewer rf
POST   /outputs/{public_id} operator f
POST   /outputs/{public_id}/stop operator f
GET    /outputs/{public_id}/claim admin rf
POST   /outputs/{public_id}/claim admin f
POST   /outputs/{public_id}/claim/accept admin f
GET    /outputs/{public_id}/claim/remove admin rf
POST   /outputs/{public_id}/claim/remove admin f
GET    /interlocks viewer rf
GET    /streams/interlocks viewer rf
POST   /interlocks admin f
GET    /interlocks/new admin rf
POST   /interlocks/preview admin f
GET    /interlocks/{public_id} viewer rf
POST   /interlocks/{public_id} admin f
GET    /interlocks/{public_id}/edit admin rf
GET    /interlocks/{public_id}/remove admin rf
POST   /interlocks/{public_id}/remove admin f
POST   /interlocks/{public_id}/reset operator f
GET    /commissioning viewer rf
GET    /commissioning/certificate viewer rf
GET    /commissioning/checks.csv viewer rf
GET    /commissioning/{public_id} viewer rf
GET    /streams/commissioning/{public_id} viewer rf
POST   /commissioning/{public_id}/start operator f
POST   /commissioning/{public_id}/take operator f
POST   /commissioning/{public_id}/command operator f
POST   /commissioning/{public_id}/moved operator f
POST   /commissioning/{public_id}/store operator f
POST   /commissioning/{public_id}/cancel operator f
GET    /devices viewer rf
POST   /devices admin f
GET    /devices/cards viewer rf
GET    /devices/changes viewer rf
POST   /devices/changes/seen admin f
GET    /devices/{public_id} viewer rf
POST   /devices/{public_id} admin f
GET    /devices/{public_id}/disable admin rf
POST   /devices/{public_id}/disable admin f
POST   /devices/{public_id}/enable admin f
GET    /devices/{public_id}/remove admin rf
POST   /devices/{public_id}/remove admin f
POST   /devices/{public_id}/channels admin f
GET    /devices/{public_id}/channels/{mapping_id} admin rf
POST   /devices/{public_id}/channels/{mapping_id} admin f
POST   /devices/{public_id}/channels/{mapping_id}/remove admin f
GET    /alarms viewer rf
GET    /streams/alarms viewer rf
GET    /alarms/head viewer rf
GET    /alarms/journal viewer rf
GET    /alarms/journal.csv viewer rf
GET    /alarms/figures viewer rf
GET    /alarms/figures.csv viewer rf
POST   /alarms/acknowledge operator f
GET    /alarms/{public_id} viewer rf
POST   /alarms/{public_id}/{deed} operator f
GET    /log viewer rf
POST   /log/read operator f
POST   /log/{public_id}/read operator f
GET    /system viewer rf
GET    /system/checks viewer rf
GET    /rules operator rf
POST   /rules operator f
GET    /streams/rules operator rf
GET    /streams/rules/{public_id} operator rf
GET    /rules/new operator rf
GET    /rules/{public_id} operator rf
POST   /rules/{public_id} operator f
GET    /rules/{public_id}/dry-run operator rf
GET    /rules/{public_id}/edit operator rf
GET    /rules/{public_id}/delete operator rf
POST   /rules/{public_id}/delete operator f
POST   /rules/{public_id}/{way} operator f
GET    /webhooks admin rf
POST   /webhooks admin f
GET    /webhooks/new admin rf
GET    /webhooks/preview admin rf
GET    /webhooks/{public_id} admin rf
POST   /webhooks/{public_id} admin f
GET    /webhooks/{public_id}/edit admin rf
GET    /webhooks/{public_id}/delete admin rf
POST   /webhooks/{public_id}/delete admin f
POST   /webhooks/{public_id}/test admin f
POST   /webhooks/{public_id}/deliveries/{delivery}/send-again admin f
GET    /updates admin rf
GET    /updates/standing admin rf
POST   /updates/check admin f
POST   /updates/offer admin f
POST   /updates/token admin f
POST   /updates/upload admin f
GET    /updates/{public_id}/install admin rf
POST   /updates/{public_id}/install admin f
GET    /updates/{public_id}/rollback admin rf
POST   /updates/{public_id}/rollback admin f
POST   /updates/{public_id}/delete admin f
GET    /backup admin rf
GET    /backup/plan admin rf
POST   /backup/plan admin f
POST   /backup/plan/forget admin f
POST   /backup/file admin f
POST   /backup/now admin f
POST   /backup/restore admin f
POST   /backup/drop admin f
POST   /backup/restart admin f
GET    /audit admin rf
GET    /audit/export.csv admin rf
GET    /settings admin rf
POST   /settings admin f
GET    /settings/alarms admin rf
POST   /settings/alarms admin f
GET    /settings/mail admin rf
POST   /settings/mail admin f
GET    /settings/mail/letters admin rf
POST   /settings/mail/test admin f
POST   /settings/mail/{public_id}/send-again admin f
GET    /account viewer -
POST   /account viewer -
POST   /account/look viewer -
POST   /account/password viewer -
POST   /account/logins/end-others viewer -
POST   /account/logins/{public_id}/end viewer -
POST   /account/tokens viewer -
POST   /account/tokens/{public_id}/revoke viewer -
GET    /users admin -
POST   /users admin -
GET    /users/{public_id}/edit admin -
POST   /users/{public_id} admin -
POST   /users/{public_id}/end-logins admin -
POST   /users/{public_id}/tokens/{token}/revoke admin -
GET    /users/{public_id}/delete admin -
POST   /users/{public_id}/delete admin -
GET    /docs anybody
GET    /redoc anybody
GET    /setup anybody
POST   /setup anybody
GET    /service-worker.js anybody
GET    /offline anybody
GET    /patterns viewer rf
GET    /setup/restore anybody
POST   /setup/restore anybody
GET    /sign-in anybody
POST   /sign-in anybody
POST   /sign-out anybody
GET    /static/{path} anybody
POST   /api/v1/auth/login anybody
POST   /api/v1/auth/logout viewer rtf
GET    /api/v1/auth/me viewer rtf
GET    /api/v1/auth/sso/config anybody
GET    /api/v1/auth/sso/authorize anybody
GET    /api/v1/auth/sso/callback anybody
POST   /api/v1/auth/sso/exchange anybody
GET    /api/v1/users admin rf
POST   /api/v1/users admin -
GET    /api/v1/users/{public_id} viewer rf
PUT    /api/v1/users/{public_id} viewer -
DELETE /api/v1/users/{public_id} admin -
GET    /api/v1/tokens viewer rf
POST   /api/v1/tokens viewer -
DELETE /api/v1/tokens/{public_id} viewer -
GET    /api/v1/events viewer rtf
POST   /api/v1/events operator f
GET    /api/v1/events/{public_id} viewer rtf
PUT    /api/v1/events/{public_id} operator f
DELETE /api/v1/events/{public_id} operator f
GET    /api/v1/datapoints viewer rf
POST   /api/v1/datapoints operator tf
POST   /api/v1/datapoints/batch operator tf
GET    /api/v1/datapoints/latest viewer rtf
POST   /api/v1/datapoints/series viewer rf
GET    /api/v1/datapoints/{public_id} viewer rf
DELETE /api/v1/datapoints/{public_id} operator f
GET    /api/v1/logging viewer rf
POST   /api/v1/logging operator tf
POST   /api/v1/logging/read operator f
GET    /api/v1/logging/{public_id} viewer rf
PUT    /api/v1/logging/{public_id} operator f
GET    /api/v1/annotations viewer rf
POST   /api/v1/annotations operator f
GET    /api/v1/annotations/{public_id} viewer rf
PUT    /api/v1/annotations/{public_id} operator f
DELETE /api/v1/annotations/{public_id} operator f
GET    /api/v1/experiments viewer rf
POST   /api/v1/experiments operator f
GET    /api/v1/experiments/{public_id} viewer rf
PUT    /api/v1/experiments/{public_id} operator f
PUT    /api/v1/experiments/{public_id}/stop operator f
GET    /api/v1/experiments/{public_id}/export/csv viewer rf
DELETE /api/v1/experiments/{public_id} operator f
GET    /api/v1/experiments/{public_id}/phases viewer rf
POST   /api/v1/experiments/{public_id}/phases operator f
DELETE /api/v1/experiments/{public_id}/phases/{phase} operator f
GET    /api/v1/audit admin rf
GET    /api/v1/alarms viewer rf
GET    /api/v1/alarms/journal viewer rf
POST   /api/v1/alarms/acknowledge operator f
POST   /api/v1/alarms/{public_id}/acknowledge operator f
POST   /api/v1/alarms/{public_id}/reset operator f
POST   /api/v1/alarms/{public_id}/shelve operator f
POST   /api/v1/alarms/{public_id}/unshelve operator f
POST   /api/v1/alarms/{public_id}/out-of-service operator f
POST   /api/v1/alarms/{public_id}/in-service operator f
GET    /api/v1/rules operator rf
POST   /api/v1/rules operator f
GET    /api/v1/rules/{public_id} operator rf
PUT    /api/v1/rules/{public_id} operator f
DELETE /api/v1/rules/{public_id} operator f
GET    /api/v1/webhooks admin rf
POST   /api/v1/webhooks admin f
GET    /api/v1/webhooks/{public_id} admin rf
PUT    /api/v1/webhooks/{public_id} admin f
DELETE /api/v1/webhooks/{public_id} admin f
GET    /api/v1/webhooks/{public_id}/deliveries admin rf
POST   /api/v1/webhooks/{public_id}/test admin f
POST   /api/v1/webhooks/{public_id}/deliveries/{delivery}/send-again admin f
GET    /api/v1/ota admin rf
POST   /api/v1/ota admin f
GET    /api/v1/ota/check viewer rf
POST   /api/v1/ota/upload admin f
GET    /api/v1/ota/{public_id} admin rf
POST   /api/v1/ota/{public_id}/apply admin f
POST   /api/v1/ota/{public_id}/rollback admin f
DELETE /api/v1/ota/{public_id} admin f
GET    /api/v1/dashboards viewer rf
POST   /api/v1/dashboards operator f
GET    /api/v1/dashboards/{public_id} viewer rf
PUT    /api/v1/dashboards/{public_id} operator f
DELETE /api/v1/dashboards/{public_id} operator f
POST   /api/v1/dashboards/{public_id}/widgets operator f
PUT    /api/v1/dashboards/{public_id}/widgets/{widget_id} operator f
DELETE /api/v1/dashboards/{public_id}/widgets/{widget_id} operator f
GET    /api/v1/plugins viewer rtf
POST   /api/v1/plugins admin f
GET    /api/v1/plugins/available viewer rf
GET    /api/v1/plugins/packages viewer rf
POST   /api/v1/plugins/packages/upload admin f
DELETE /api/v1/plugins/packages/{public_id} admin f
GET    /api/v1/plugins/{public_id} viewer rtf
PUT    /api/v1/plugins/{public_id} admin f
DELETE /api/v1/plugins/{public_id} admin f
GET    /api/v1/plugins/{public_id}/channels viewer rtf
POST   /api/v1/plugins/{public_id}/channels admin f
PUT    /api/v1/plugins/{public_id}/channels/{mapping_id} admin f
DELETE /api/v1/plugins/{public_id}/channels/{mapping_id} admin f
GET    /api/v1/outputs viewer rf
POST   /api/v1/outputs/all-safe operator f
POST   /api/v1/outputs/release operator f
PUT    /api/v1/outputs/{public_id} admin f
DELETE /api/v1/outputs/{public_id} admin f
POST   /api/v1/outputs/{public_id}/command operator f
POST   /api/v1/outputs/{public_id}/valve-cycle operator f
GET    /api/v1/interlocks viewer rf
POST   /api/v1/interlocks admin f
GET    /api/v1/interlocks/{public_id} viewer rf
PUT    /api/v1/interlocks/{public_id} admin f
DELETE /api/v1/interlocks/{public_id} admin f
POST   /api/v1/interlocks/{public_id}/reset operator f
GET    /health anybody
GET    /metrics viewer rf
GET    /openapi.json anybody
GET    /ws/datapoints/stream anybody
GET    /ws/controller/telemetry anybody
"""

SCOPES = {"r": "read", "t": "telemetry", "f": "full"}


def expected() -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """Least role and scopes, by method and path."""
    found = {}
    for line in TABLE.strip().splitlines():
        method, path, role, *letters = line.split()
        scopes = frozenset(SCOPES[one] for one in "".join(letters) if one != "-")
        found[method, path] = (role, scopes)
    return found
