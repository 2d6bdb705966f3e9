# Streams that guest code drains: order of events, back-pressure, ends.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "writable", worker = .writable),
    (name = "older", worker = .older),
  ],
);

const writable :Workerd.Worker = (
  modules = [(name = "writable.js", esModule = embed "writable.js")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["nodejs_compat"],
);

const older :Workerd.Worker = (
  modules = [(name = "writable-older.js", esModule = embed "writable-older.js")],
  compatibilityDate = "2024-10-01",
  compatibilityFlags = ["nodejs_compat"],
);
