export default {
  fetch() {
    return new Response('filtered');
  },
  connect() {
    throw new Error('connections pass');
  },
};
