// The module `cloudflare:ai`: the classes of the AI binding.

export {
  Ai,
  AiGateway,
  AiGatewayInternalError,
  AiGatewayLogNotFound,
  AutoRAG,
  AutoRAGInternalError,
  AutoRAGNotFoundError,
  AutoRAGUnauthorizedError,
  InferenceUpstreamError,
  ToMarkdownService,
} from 'cloudflare-internal:ai-api';
