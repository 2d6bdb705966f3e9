# Code from strings: with the flag it may be made while the Worker starts, and never in an event.
# dates: newest 2022-10-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "on",
    worker = (
      modules = [(name = "eval.js", esModule = embed "eval.js")],
      compatibilityFlags = ["nodejs_compat", "allow_eval_during_startup", "set_tostring_tag"],
      bindings = [(name = "ON", json = "true")],
    ),
  ), (
    name = "off",
    worker = (
      modules = [(name = "eval.js", esModule = embed "eval.js")],
      compatibilityFlags = ["nodejs_compat", "disallow_eval_during_startup", "set_tostring_tag"],
      bindings = [(name = "OFF", json = "false")],
    ),
  )],
);
