# setTimeout(), setInterval(), queueMicrotask(), scheduler.wait().
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "timers",
    worker = (
      modules = [(name = "timers.js", esModule = embed "timers.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
