//! `network`: the server that a request's URL names, if the filter allows its address.

use std::rc::Rc;
use std::sync::Arc;

use config::model::Network;
use futures::future::LocalBoxFuture;
use io::channel::{
    ChannelError, ConnectRequest, ConnectResult, ConnectTls, SubrequestChannel, SubrequestResult,
};
use net::client::{Origin, Secure};
use net::{AddressFilter, Body, Client, Connector, DefaultPort, Destination};

use super::{outgoing, raw};
use crate::http_options::HttpRules;
use crate::tls::client_tls;

/// A network service, as all loops share it.
#[derive(Debug)]
pub struct NetworkRules {
    filter: Arc<AddressFilter>,
    secure: Option<Secure>,
}

impl NetworkRules {
    /// # Errors
    /// An entry of the lists that means nothing, or bad TLS options.
    pub fn new(network: &Network) -> Result<Self, String> {
        let filter = AddressFilter::parse(&network.allow, &network.deny);
        let secure = match &network.tls {
            Some(options) => Some(Secure {
                tls: client_tls(options)?,
                certificate_host: None,
            }),
            None => None,
        };
        Ok(Self {
            secure,
            filter: Arc::new(filter.map_err(|error| error.to_string())?),
        })
    }
}

/// A network service on one loop.
pub struct NetworkService(Rc<State>);

struct State {
    client: Client,
    rules: HttpRules,
}

impl NetworkService {
    pub fn open(network: &NetworkRules) -> Self {
        let connector = Connector::new(Some(network.filter.clone()), network.secure.clone());
        Self(Rc::new(State {
            client: Client::new(connector),
            rules: HttpRules::default(),
        }))
    }
}

impl State {
    fn fetch(
        self: Rc<Self>,
        request: http::Request<Body>,
    ) -> impl Future<Output = SubrequestResult> {
        let secure = request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
        let authority = request.uri().authority().cloned();
        async move {
            let Some(authority) = authority else {
                return Err(ChannelError::Failed("the URL has no host".into()));
            };
            let host = authority.host();
            let default_port = if secure { 443 } else { 80 };
            let destination = Destination::Host {
                host: host
                    .strip_prefix('[')
                    .and_then(|host| host.strip_suffix(']'))
                    .unwrap_or(host)
                    .into(),
                port: authority.port_u16().unwrap_or(default_port),
            };
            let origin = Origin {
                destination: &destination,
                key: authority.as_str(),
                secure,
            };
            outgoing::exchange(&self.client, origin, request, &self.rules).await
        }
    }
}

impl SubrequestChannel for NetworkService {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        Box::pin(self.0.clone().fetch(request))
    }

    fn reads_cf(&self) -> bool {
        self.0.rules.cf_blob.is_some()
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let state = self.0.clone();
        Box::pin(async move {
            let destination = Destination::parse(&request.address, DefaultPort::NONE)
                .map_err(|error| ChannelError::Internal(error.to_string()))?;
            let secure = request.tls == ConnectTls::On;
            raw::open(state.client.connector().clone(), &destination, secure).await
        })
    }
}
