import assert from 'node:assert';

export default {
  async test(_, { engine, points }) {
    engine.writeDataPoint({
      indexes: ['i'],
      doubles: [1.5, NaN],
      blobs: ['ab', null, new Uint8Array([7]), 5],
    });
    engine.writeDataPoint();
    assert.throws(() => engine.writeDataPoint({ blobs: 'text' }), {
      name: 'TypeError',
      message:
        "Incorrect type for the 'blobs' field on 'AnalyticsEngineEvent': the provided value is not of type 'Array'.",
    });
    let written = [];
    while (written.length < 2) {
      await scheduler.wait(10);
      written.push(...(await (await points.fetch('http://points/')).json()));
    }
    const [first, second] = written;
    assert.equal(String.fromCharCode(...first.dataset), 'points');
    assert.match(first.timestamp, /^\d{19}$/);
    assert.deepEqual(
      [first.index1, first.double1, first.double2, first.double20, first.blob1, first.blob2, first.blob3, first.blob4],
      [[105], 1.5, 'NaN', 0, [97, 98], undefined, [7], [53]]
    );
    assert.deepEqual([second.index1, second.double1, second.blob1], [[], 0, undefined]);
  },
};
