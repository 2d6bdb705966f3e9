# Compatibility flags add and remove members and globals: two Workers with opposite flags.
# dates: newest 2022-10-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "on",
    worker = (
      modules = [(name = "members.js", esModule = embed "members.js")],
      compatibilityFlags = [
        "nodejs_compat", "url_standard", "global_navigator", "streams_enable_constructors", "capture_async_api_throws",
        "set_event_target_this", "formdata_parser_supports_files", "fetch_refuses_unknown_protocols",
        "crypto_preserve_public_exponent", "set_tostring_tag",
      ],
      bindings = [(name = "ON", json = "true")],
    ),
  ), (
    name = "off",
    worker = (
      modules = [(name = "members.js", esModule = embed "members.js")],
      compatibilityFlags = [
        "nodejs_compat", "url_original", "no_global_navigator", "streams_disable_constructors",
        "do_not_capture_async_api_throws", "no_set_event_target_this", "formdata_parser_converts_files_to_strings",
        "fetch_treats_unknown_protocols_as_http", "no_crypto_preserve_public_exponent", "do_not_set_tostring_tag",
      ],
      bindings = [(name = "ON", json = "false")],
    ),
  )],
);
