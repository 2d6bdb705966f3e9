# The lengths and names of functions, and the constructors above the global object.
# dates: newest 2021-11-02

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "on",
    worker = (
      modules = [(name = "attributes.js", esModule = embed "attributes.js")],
      compatibilityFlags = ["nodejs_compat", "workers_api_getters_setters_on_prototype", "experimental", "spec_compliant_property_attributes"],
      bindings = [(name = "ON", json = "true")],
    ),
  ), (
    name = "off",
    worker = (
      modules = [(name = "attributes.js", esModule = embed "attributes.js")],
      compatibilityFlags = ["nodejs_compat", "workers_api_getters_setters_on_prototype"],
      bindings = [(name = "ON", json = "false")],
    ),
  )],
);
