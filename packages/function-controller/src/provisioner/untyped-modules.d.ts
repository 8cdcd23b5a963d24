declare module "seek-bzip" {
  interface ByteReader {
    eof(): boolean;
    readByte(): number;
    read(target: Uint8Array, offset: number, length: number): number;
  }
  interface ByteWriter {
    writeByte(byte: number): void;
  }
  const Bunzip: { decode(input: ByteReader, output: ByteWriter, isMultiStream: boolean): void };
  export = Bunzip;
}
