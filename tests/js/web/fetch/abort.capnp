# A signal ends a request, before it is sent and while it waits.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "abort",
    worker = (
      modules = [(name = "abort.js", esModule = embed "abort.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "SLOW", service = "slow"),
      ],
    ),
  ), (
    name = "slow",
    worker = (
      modules = [(name = "slow.js", esModule = "export default { async fetch() { await scheduler.wait(60000); return new Response('late'); } };")],
    ),
  )],
);
