# Writes the corpus beside this script: python3 make.py. Same bytes every time.
import gzip
import io
import struct
import zipfile
import zlib


def npy(header, data, magic=b"\x93NUMPY\x01\x00"):
    header = header.encode()
    header += b" " * (-(len(magic) + 3 + len(header)) % 64) + b"\n"
    return magic + struct.pack("<H", len(header)) + header + data


def save(name, content):
    with open(name, "wb") as out:
        out.write(content)


def archive(member, content, size=None, more=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(member), content)
        if more:
            z.writestr(zipfile.ZipInfo(more[0]), more[1])
    done = bytearray(out.getvalue())
    if size is not None:  # the size that both headers claim
        struct.pack_into("<I", done, 22, size)
        struct.pack_into("<I", done, done.index(b"PK\x01\x02") + 24, size)
    return bytes(done)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, scanlines):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(scanlines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


TEXT = "{'descr': %s, 'fortran_order': False, 'shape': %s, }"
DATA = struct.pack("<4d", 0.5, 1, -2, 3)
ROWS = npy(TEXT % ("'<f8'", "(2, 2)"), DATA)
ZIPPED = gzip.compress(ROWS, mtime=0)
HUGE = npy(TEXT % ("'|u1'", "(8388608, 1024)"), b"")  # 8 GiB

save("read-type-by-name.bin", npy(TEXT % ("'float64'", "(2, 2)"), DATA))
save("read-member-without-npy.bin", archive("arr_0", ROWS))
save("read-two-gzip-members.bin", gzip.compress(ROWS[:100], mtime=0) + gzip.compress(ROWS[100:], mtime=0))
save("read-axes-64.bin", npy(TEXT % ("'<f8'", "(" + "1, " * 63 + "4)"), DATA))
save("gzip-cut.bin", ZIPPED[:-6])
save("gzip-junk-behind.bin", ZIPPED + b"junk behind it")
ZEROS = npy(TEXT % ("'|u1'", "(512, 512)"), bytes(1 << 18))
save("gzip-bomb.bin", gzip.compress(ZEROS, mtime=0))  # a thousand times as large, four times the limit of the test
save("gzip-of-huge-header.bin", gzip.compress(HUGE, mtime=0))
save("npy-axes-65.bin", npy(TEXT % ("'<f8'", "(" + "1, " * 64 + "4)"), DATA))
save("npy-huge-header.bin", HUGE)
save("npy-nan.bin", npy(TEXT % ("'<f8'", "(2, 2)"), struct.pack("<4d", 0.5, float("nan"), -2, 3)))
save("npy-product-overflows.bin", npy(TEXT % ("'<f8'", "(4294967296, 4294967296)"), DATA))
save("npy-object.bin", npy(TEXT % ("'|O'", "(2, 2)"), DATA))
save("npz-bomb.bin", archive("arr_0.npy", HUGE, 0xFFFFFFF0))
save("npz-name-turns-text.bin", archive("means.npy", ROWS, more=("\u202eodd.npy", ROWS)))
save("npz-cut.bin", archive("arr_0.npy", ROWS)[:-30])
save("idx-huge.bin", struct.pack(">HBBIII", 0, 8, 3, 1 << 31, 1 << 15, 1 << 15))
save("png-bomb.bin", png(1 << 15, 1 << 15, bytes(100)))
save("png-short.bin", png(4, 4, bytes(7)))
save("text-comma.bin", b",")  # a line of no words, where words were expected
