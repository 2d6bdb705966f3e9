# WebSocket and WebSocketPair, within a Worker and over service bindings.
# dates: newest 2024-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "websocket",
    worker = (
      modules = [(name = "websocket.js", esModule = embed "websocket.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [(name = "self", service = "websocket")],
      globalOutbound = "websocket",
    ),
  )],
);
