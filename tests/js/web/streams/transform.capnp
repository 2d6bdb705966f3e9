# Transform streams: standard ones, identity streams, streams of text.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "transform", worker = .transform),
    (name = "older", worker = .older),
  ],
);

const transform :Workerd.Worker = (
  modules = [(name = "transform.js", esModule = embed "transform.js")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["nodejs_compat"],
);

const older :Workerd.Worker = (
  modules = [(name = "transform-older.js", esModule = embed "transform-older.js")],
  compatibilityDate = "2022-11-01",
);
