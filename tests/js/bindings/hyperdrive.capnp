# A Worker as the database behind Hyperdrive bindings, reached by all the addresses that they make up.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "hyperdrive",
    worker = (
      modules = [(name = "hyperdrive.js", esModule = embed "hyperdrive.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "PG", hyperdrive = (
          designator = "database", database = "db", user = "me", password = "p@ss", scheme = "postgresql")),
        (name = "MYSQL", hyperdrive = (
          designator = "database", database = "db", user = "me", password = "pass", scheme = "mysql")),
        (name = "NONE", hyperdrive = (
          designator = "silent", database = "db", user = "me", password = "pass", scheme = "postgres")),
        (name = "SERVICE", service = "database"),
      ],
      globalOutbound = "silent",
    ),
  ), (
    name = "database",
    worker = (
      modules = [(name = "database.js", esModule = embed "hyperdrive-database.js")],
      compatibilityFlags = ["experimental"],
    ),
  ), (
    name = "silent",
    worker = (modules = [(name = "silent.js", esModule = "export default { fetch() { throw new Error('unasked') } }")]),
  )],
);
