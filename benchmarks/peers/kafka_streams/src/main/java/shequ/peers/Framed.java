package shequ.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** Bytes of one schema: 0x00, a 4-byte id, Avro. Stream threads share it, buffers they do not. */
final class Framed<T extends SpecificRecord> implements Serde<T> {
  private static final int HEAD_BYTES = 5;

  private final byte[] head;
  private final ThreadLocal<Buffers<T>> buffers;

  Framed(Schema schema, int id) {
    head = ByteBuffer.allocate(HEAD_BYTES).put((byte) 0).putInt(id).array();
    buffers = ThreadLocal.withInitial(() -> new Buffers<>(schema));
  }

  @Override
  public Serializer<T> serializer() {
    return (topic, value) -> value == null ? null : encode(value);
  }

  @Override
  public Deserializer<T> deserializer() {
    return (topic, data) -> data == null ? null : decode(data);
  }

  private byte[] encode(T value) {
    Buffers<T> mine = buffers.get();
    mine.out.reset();
    mine.out.writeBytes(head);
    try {
      mine.encoder = EncoderFactory.get().binaryEncoder(mine.out, mine.encoder);
      mine.writer.write(value, mine.encoder);
      mine.encoder.flush();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return mine.out.toByteArray();
  }

  private T decode(byte[] data) {
    for (int at = 0; at < HEAD_BYTES; at++) {
      if (data[at] != head[at]) {
        throw new SerializationException("another frame than that of this schema");
      }
    }
    Buffers<T> mine = buffers.get();
    int length = data.length - HEAD_BYTES;
    try {
      mine.decoder = DecoderFactory.get().binaryDecoder(data, HEAD_BYTES, length, mine.decoder);
      return mine.reader.read(null, mine.decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static final class Buffers<T extends SpecificRecord> {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    private final SpecificDatumWriter<T> writer;
    private final SpecificDatumReader<T> reader;
    private BinaryEncoder encoder;
    private BinaryDecoder decoder;

    Buffers(Schema schema) {
      writer = new SpecificDatumWriter<>(schema);
      reader = new SpecificDatumReader<>(schema);
    }
  }
}
