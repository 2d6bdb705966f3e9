# HTMLRewriter: handlers, tokens, insertions, errors, back-pressure.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "html-rewriter",
    worker = (
      modules = [(name = "html-rewriter.js", esModule = embed "html-rewriter.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
