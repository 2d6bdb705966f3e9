# CompressionStream and DecompressionStream, with strict checks and from before them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "strict",
      worker = (
        modules = [(name = "compression.js", esModule = embed "compression.js")],
        compatibilityDate = "2026-01-01",
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
    (
      name = "lenient",
      worker = (
        modules = [(name = "lenient.js", esModule = embed "lenient.js")],
        compatibilityDate = "2023-07-01",
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
  ],
);
