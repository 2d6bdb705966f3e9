# Vectorize, Workflows, Images and pipelines: wrapped bindings around a service, and what a pipeline calls.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "wrapped-services",
      worker = (
        modules = [(name = "wrapped-services", esModule = embed "wrapped-services.js")],
        compatibilityFlags = [
          "nodejs_compat", "streams_enable_constructors", "transformstream_enable_standard_constructor",
        ],
        bindings = [
          (name = "workflow", wrapped = (
            moduleName = "cloudflare-internal:workflows-api",
            innerBindings = [(name = "fetcher", service = "service")],
          )),
          (name = "index", wrapped = (
            moduleName = "cloudflare-internal:vectorize-api",
            innerBindings = [
              (name = "fetcher", service = "service"),
              (name = "indexId", text = "my-index"),
              (name = "indexVersion", text = "v2"),
            ],
          )),
          (name = "images", wrapped = (
            moduleName = "cloudflare-internal:images-api",
            innerBindings = [(name = "fetcher", service = "service")],
          )),
        ],
      )
    ),
    ( name = "service",
      worker = (
        modules = [(name = "service", esModule = embed "wrapped-services-service.js")],
        compatibilityFlags = ["rpc", "formdata_parser_supports_files"],
      )
    ),
  ],
);
