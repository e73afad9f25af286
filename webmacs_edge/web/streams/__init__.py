"""Live streams: SSE for pages, WebSockets for programs."""
