# Tail Workers: what they hear of the events of others.
# dates: 2024-01-01 newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "tail",
      worker = (
        modules = [(name = "tail.js", esModule = embed "tail.js")],
        compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers"],
        bindings = [
          (name = "traced", service = "traced"),
          (name = "named", service = (name = "traced", entrypoint = "named")),
          (name = "script", service = "script"),
          (name = "chained", service = "chained"),
          (name = "own", service = "own"),
        ],
      ),
    ),
    (
      name = "traced",
      worker = (
        modules = [(name = "tail-traced.js", esModule = embed "tail-traced.js")],
        tails = [(name = "tail", entrypoint = "collector")],
      ),
    ),
    (
      name = "chained",
      worker = (
        modules = [(name = "chained.js", esModule = "export default { fetch() { return new Response('chained'); } };")],
        tails = ["chain"],
      ),
    ),
    # Hears of others and is heard of, but not by itself.
    (
      name = "chain",
      worker = (
        modules = [(name = "chain.js", esModule =
          "export default { tail(events) { console.log('in the chain', events.length); throw new Error('chain'); } };")],
        tails = ["chain", (name = "tail", entrypoint = "collector")],
      ),
    ),
    (
      name = "own",
      worker = (
        modules = [(name = "own.js", esModule =
          "let heard = 0; export default { fetch() { return Response.json(heard); }, tail(events) { heard += events.length; } };")],
        tails = ["own"],
      ),
    ),
    (
      name = "script",
      worker = (
        serviceWorkerScript = embed "tail-script.js",
        tails = ["script", (name = "tail", entrypoint = "collector")],
      ),
    ),
  ],
);
