/** Tells a client which address it used, then what it says. */
export default {
  async connect(socket) {
    const { localAddress } = await socket.opened;
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${localAddress} `));
    writer.releaseLock();
    await socket.readable.pipeTo(socket.writable);
  },
};
