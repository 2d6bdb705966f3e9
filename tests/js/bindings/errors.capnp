# What a caller gets when the Worker behind a service binding throws, aborts or answers with an error.
# dates: 2024-01-01 2999-12-31

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "errors",
    worker = (
      modules = [(name = "errors.js", esModule = embed "errors.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [(name = "SELF", service = "errors")],
    ),
  ), (
    name = "shared",
    worker = (
      modules = [(name = "shared.js", esModule =
        `export default {
        `  fetch(request, env, ctx) { return new Response(JSON.stringify(ctx.props)); },
        `  async test(controller, env) {
        `    const props = await (await env.SELF.fetch('http://x/')).text();
        `    if (props !== '{}') throw new Error(props);
        `  },
        `};
      )],
      compatibilityFlags = ["nonclass_entrypoint_reuses_ctx_across_invocations"],
      bindings = [(name = "SELF", service = (name = "shared", props = (json = "{\"a\": 1}")))],
    ),
  )],
);
