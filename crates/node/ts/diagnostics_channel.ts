// node:diagnostics_channel

export {
  Channel,
  channel,
  default,
  hasSubscribers,
  subscribe,
  TracingChannel,
  tracingChannel,
  unsubscribe,
} from 'node-internal:internal_diagnostics_channel';
