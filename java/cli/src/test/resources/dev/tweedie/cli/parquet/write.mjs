// Writes the files beside it with hyparquet-writer, a writer that has nothing to do with the reader used here:
//   npm install hyparquet-writer@0.17.0 && node write.mjs
import { parquetWriteFile } from 'hyparquet-writer'

const x = Float32Array.from([0, 1, 2, 3].map(i => i / 4))
const y = Float64Array.from([1, 0.1, -2.5, 1e10])
const write = (filename, columnData, more = {}) => parquetWriteFile({ filename, columnData, ...more })
const column = (name, data, type, more = {}) => ({ name, data, type, nullable: false, ...more })

write('columns.parquet', [column('x', x, 'FLOAT'), column('y', Float32Array.from([1, 2, 3, 4]), 'FLOAT')])
write('plain.parquet', [column('x', x, 'FLOAT'), column('y', y, 'DOUBLE'), column('n', Int32Array.from([5, 6, 7, 8]), 'INT32')],
  { codec: 'UNCOMPRESSED', rowGroupSize: 3 })
write('labelled.parquet', [column('x', x, 'FLOAT'), column('label', ['a', 'b', 'c', 'd'], 'STRING')])
write('missing.parquet', [{ name: 'x', data: [1, null, 3], type: 'DOUBLE' }])
const lists = { schema: [
  { name: 'root', num_children: 1 },
  { name: 'rows', repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', type: 'FLOAT' },
] }
write('lists.parquet', [{ name: 'rows', data: [[1, 2, 3], [4, 5, 6]] }], lists)
write('ragged.parquet', [{ name: 'rows', data: [[1, 2, 3], [4, 5]] }], lists)
