// A resolver over HTTPS in its JSON form, for the tests of `node:dns`.
const records = {
  'example.com A': ['192.0.2.1', '192.0.2.2'],
  'example.com AAAA': ['2001:db8::1'],
  'example.com MX': ['10 mail.example.com.'],
  'example.com TXT': ['"v=1""two"', '"a "quote" in it"', 'bare'],
  'example.com CAA': ['0 issue "pki.example"', '\\# 15 80 05 69 73 73 75 65 70 6b 69 2e 67 6f 6f 67'],
  'example.com SOA': ['ns.example.com. dns.example.com. 1 2 3 4 5'],
  '_sip._tcp.example.com SRV': ['5 0 80 sip.example.com'],
  'example.com NAPTR': [
    '20 100 "s" "SIP+D2U" "" _sip._udp.example.com.',
    '\\# 37 15 b3 08 ae 01 73 0a 6d 79 2d 73 65 72 76 69 63 65 06 72 65 67 65 78 70 0b 72 65 70 6c 61 63 65 6d 65 6e 74 00',
  ],
  'bad.example MX': ['nothing'],
  'bad.example CAA': ['0 nothing "x"'],
};

export default {
  fetch(request) {
    const { host, searchParams } = new URL(request.url);
    if (host !== 'cloudflare-dns.com' || request.headers.get('accept') !== 'application/dns-json') {
      return new Response('unexpected', { status: 400 });
    }
    const name = searchParams.get('name');
    if (name === 'down.example') return new Response('down', { status: 503 });
    const answers = records[`${name} ${searchParams.get('type')}`];
    const Answer = answers?.map((data) => ({ name, TTL: 60, data }));
    return Response.json({ Status: 0, Question: [{ name }], ...(Answer ? { Answer } : {}) });
  },
};
