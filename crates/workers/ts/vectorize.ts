// The module `cloudflare:vectorize`: names that the Vectorize API knows.

/** Models whose vectors have known dimensions. */
export const KnownModel = {
  'openai/text-embedding-ada-002': 'openai/text-embedding-ada-002',
  'cohere/embed-multilingual-v2.0': 'cohere/embed-multilingual-v2.0',
  '@cf/baai/bge-small-en-v1.5': '@cf/baai/bge-small-en-v1.5',
  '@cf/baai/bge-base-en-v1.5': '@cf/baai/bge-base-en-v1.5',
  '@cf/baai/bge-large-en-v1.5': '@cf/baai/bge-large-en-v1.5',
};

/** How an index measures the likeness of vectors. */
export const DistanceMetric = { EUCLIDEAN: 'euclidean', COSINE: 'cosine', DOT_PRODUCT: 'dot-product' };

/** Which metadata a query returns. */
export const MetadataRetrievalLevel = { ALL: 'all', INDEXED: 'indexed', NONE: 'none' };
