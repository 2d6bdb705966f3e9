# Durable Objects: ids, stubs, requests and calls, the constructor, sections, and what a broken object looks like.
# loops: 2 4

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "objects",
    worker = (
      modules = [(name = "objects.js", esModule = embed "objects.js")],
      compatibilityFlags = ["nodejs_compat", "rpc", "enable_ctx_exports"],
      durableObjectNamespaces = [
        (className = "Room", uniqueKey = "a"),
        (className = "Broken", uniqueKey = "broken"),
        (className = "Plain", uniqueKey = "plain"),
        (className = "Nowhere", uniqueKey = "nowhere"),
        (className = "Passing", ephemeralLocal = void),
      ],
      durableObjectStorage = (inMemory = void),
      bindings = [
        (name = "ROOM", durableObjectNamespace = "Room"),
        (name = "BROKEN", durableObjectNamespace = "Broken"),
        (name = "PLAIN", durableObjectNamespace = "Plain"),
        (name = "NOWHERE", durableObjectNamespace = "Nowhere"),
        (name = "PASSING", durableObjectNamespace = "Passing"),
        (name = "FOREIGN", durableObjectNamespace = (serviceName = "other", className = "Foreign")),
      ],
    ),
  ), (
    name = "other",
    worker = (
      modules = [(name = "other.js", esModule =
        `export default {};
        `export class Foreign { constructor(ctx) { this.name = ctx.id.name } fetch() { return new Response(this.name) } }
      )],
      durableObjectNamespaces = [(className = "Foreign", uniqueKey = "foreign")],
      durableObjectStorage = (inMemory = void),
    ),
  )],
);
