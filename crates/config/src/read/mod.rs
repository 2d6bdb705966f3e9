//! Reading the model out of a message, one function per struct of the schema.
//!
//! Fields are named as in the schema, which is the only place that knows where they lie.

mod service;
mod worker;

use crate::model::*;
use capnp_text::{ListReader, ReadError, StructReader};

pub(crate) type Result<T> = std::result::Result<T, ReadError>;

pub(crate) fn config(config: StructReader<'_>) -> Result<Config> {
    let logging = match config.structure("logging")? {
        Some(logging) => logging_options(logging)?,
        None => LoggingOptions::default(),
    };
    let mut services = structs(config.list("services")?, service::service)?;
    worker::share_data(&mut services);
    Ok(Config {
        services,
        sockets: structs(config.list("sockets")?, socket)?,
        v8_flags: texts(config, "v8Flags")?,
        extensions: structs(config.list("extensions")?, extension)?,
        autogates: texts(config, "autogates")?,
        structured_logging: config.bool("structuredLogging")?,
        logging,
        cluster: config.structure("cluster")?.map(cluster).transpose()?,
    })
}

fn logging_options(options: StructReader<'_>) -> Result<LoggingOptions> {
    let default = LoggingOptions::default();
    Ok(LoggingOptions {
        structured_logging: options.bool("structuredLogging")?,
        stdout_prefix: optional(options, "stdoutPrefix")?.unwrap_or(default.stdout_prefix),
        stderr_prefix: optional(options, "stderrPrefix")?.unwrap_or(default.stderr_prefix),
    })
}

fn cluster(cluster: StructReader<'_>) -> Result<ClusterConfig> {
    Ok(ClusterConfig {
        bucket: text(cluster, "bucket")?,
        bucket_options: texts(cluster, "bucketOptions")?,
        address: text(cluster, "address")?,
        key: text(cluster, "key")?,
        advertise: optional(cluster, "advertise")?,
        unsafe_public_address: cluster.bool("unsafePublicAddress")?,
        stop_timeout_ms: cluster.u32("stopTimeoutMs")?,
        unsafe_time_divisor: cluster.u32("unsafeTimeDivisor")?,
    })
}

fn socket(socket: StructReader<'_>) -> Result<Socket> {
    let protocol = match socket.which() {
        Ok("http") => SocketProtocol::Http(http(socket, "http")?),
        Ok("https") => {
            let group = socket.group("https")?;
            SocketProtocol::Https {
                options: http(group, "options")?,
                tls: tls(group, "tlsOptions")?.unwrap_or_default(),
            }
        }
        Ok("tcp") => {
            let group = socket.group("tcp")?;
            let mode = match group.enumerant("tlsMode")? {
                Ok("startTls") => TcpTlsMode::StartTls,
                Ok(_) => TcpTlsMode::Implicit,
                Err(number) => TcpTlsMode::Unknown(number),
            };
            SocketProtocol::Tcp {
                tls: tls(group, "tlsOptions")?,
                mode,
            }
        }
        Ok(_) => {
            let group = socket.group("udp")?;
            SocketProtocol::Udp {
                idle_timeout_ms: group.u32("idleTimeoutMs")?,
                max_pending_bytes: group.u32("maxPendingBytes")?,
            }
        }
        Err(tag) => SocketProtocol::Unknown(tag),
    };
    Ok(Socket {
        name: text(socket, "name")?,
        address: optional(socket, "address")?,
        protocol,
        service: designator(socket, "service")?,
    })
}

fn extension(extension: StructReader<'_>) -> Result<Extension> {
    let module = |module: StructReader<'_>| {
        Ok(ExtensionModule {
            name: text(module, "name")?,
            internal: module.bool("internal")?,
            es_module: text(module, "esModule")?,
        })
    };
    Ok(Extension {
        modules: structs(extension.list("modules")?, module)?,
    })
}

/// HTTP options at a field; absent ones are all defaults.
fn http(parent: StructReader<'_>, field: &str) -> Result<HttpOptions> {
    let Some(options) = parent.structure(field)? else {
        return Ok(HttpOptions::default());
    };
    let header = |header: StructReader<'_>| {
        Ok(InjectedHeader {
            name: text(header, "name")?,
            value: optional(header, "value")?,
        })
    };
    let style = match options.enumerant("style")? {
        Ok("proxy") => HttpStyle::Proxy,
        Ok(_) => HttpStyle::Host,
        Err(number) => HttpStyle::Unknown(number),
    };
    Ok(HttpOptions {
        style,
        forwarded_proto_header: optional(options, "forwardedProtoHeader")?,
        cf_blob_header: optional(options, "cfBlobHeader")?,
        inject_request_headers: structs(options.list("injectRequestHeaders")?, header)?,
        inject_response_headers: structs(options.list("injectResponseHeaders")?, header)?,
        capnp_connect_host: optional(options, "capnpConnectHost")?,
    })
}

fn tls(parent: StructReader<'_>, field: &str) -> Result<Option<TlsOptions>> {
    let Some(options) = parent.structure(field)? else {
        return Ok(None);
    };
    let keypair = match options.structure("keypair")? {
        Some(keypair) => Some(Keypair {
            private_key: text(keypair, "privateKey")?,
            certificate_chain: text(keypair, "certificateChain")?,
        }),
        None => None,
    };
    let min_version = match options.enumerant("minVersion")? {
        Ok("ssl3") => TlsVersion::Ssl3,
        Ok("tls1Dot0") => TlsVersion::Tls1_0,
        Ok("tls1Dot1") => TlsVersion::Tls1_1,
        Ok("tls1Dot2") => TlsVersion::Tls1_2,
        Ok("tls1Dot3") => TlsVersion::Tls1_3,
        Ok(_) => TlsVersion::GoodDefault,
        Err(number) => TlsVersion::Unknown(number),
    };
    Ok(Some(TlsOptions {
        keypair,
        require_client_certs: options.bool("requireClientCerts")?,
        trust_browser_cas: options.bool("trustBrowserCas")?,
        trusted_certificates: texts(options, "trustedCertificates")?,
        min_version,
        cipher_list: optional(options, "cipherList")?,
    }))
}

/// A designator at a field; an absent one names no service.
fn designator(parent: StructReader<'_>, field: &str) -> Result<ServiceDesignator> {
    Ok(optional_designator(parent, field)?.unwrap_or_default())
}

fn optional_designator(parent: StructReader<'_>, field: &str) -> Result<Option<ServiceDesignator>> {
    parent.structure(field)?.map(read_designator).transpose()
}

fn read_designator(designator: StructReader<'_>) -> Result<ServiceDesignator> {
    let props = designator.group("props")?;
    let props = match props.which() {
        Ok("json") => Props::Json(text(props, "json")?),
        Ok(_) => Props::Empty,
        Err(tag) => Props::Unknown(tag),
    };
    Ok(ServiceDesignator {
        name: text(designator, "name")?,
        entrypoint: optional(designator, "entrypoint")?,
        props,
    })
}

/// A text; an absent one is empty.
fn text(parent: StructReader<'_>, field: &str) -> Result<Text> {
    Ok(parent.text(field)?.unwrap_or("").into())
}

fn optional(parent: StructReader<'_>, field: &str) -> Result<Option<Text>> {
    Ok(parent.text(field)?.map(Into::into))
}

fn data(parent: StructReader<'_>, field: &str) -> Result<Data> {
    Ok(parent.data(field)?.unwrap_or(&[]).into())
}

fn texts(parent: StructReader<'_>, field: &str) -> Result<Vec<Text>> {
    parent
        .list(field)?
        .texts()
        .map(|text| text.map(Into::into))
        .collect()
}

fn structs<'a, T>(
    list: ListReader<'a>,
    read: impl Fn(StructReader<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    list.structs().map(|item| read(item?)).collect()
}
