const decoder = new TextDecoder();

export default {
  async connect(socket) {
    const { localAddress } = await socket.opened;
    const { value } = await socket.readable.getReader().read();
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${localAddress}: ${decoder.decode(value)}`));
    await writer.close();
  },
};
