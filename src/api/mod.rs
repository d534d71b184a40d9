//! Layer 3: HTTP: REST, the live WebSocket, the pages.
