package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyHeaderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      value = {
        "{'shape': (2, 3), 'fortran_order': True, 'descr': '>f8'}",
        "{\"descr\":\">f8\",\"fortran_order\":True,\"shape\":(2,3,),}",
        "  { 'descr' : '>f8' , 'fortran_order' : True , 'shape' : ( 2L , 3L ) , }  ",
      })
  void readsEverySpellingOfTheDictionary(String literal) {
    NpyHeader header = parse(literal);
    assertEquals(ElementType.FLOAT64, header.type());
    assertTrue(header.fortran());
    assertArrayEquals(new long[] {2, 3}, header.shape());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      value = {
        "{'fortran_order': False, 'shape': (2,)}                                # 'descr' is"
            + " missing",
        "{'descr': '<f4', 'shape': (2,)}                                # 'fortran_order' is"
            + " missing",
        "{'descr': '<f4', 'fortran_order': False}                               # 'shape' is"
            + " missing",
        "{}                                                                     # 'descr' is"
            + " missing",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}  # appears twice",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}       # unknown key"
            + " 'more'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + 1              # text after",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}                    # True nor False",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}                 # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}                   # '(' is expected",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}               # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (a,)}                # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}                 # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-,)}                # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}              # not a tuple",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)} # below 2^63",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)                 # '}' is expected",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2                   # not a tuple",
        "{'descr': '<f4                                                         # without end",
        "{'descr'                                                               # ':' is expected",
        "[1, 2]                                                                 # '{' is expected",
        "{'descr': 4, 'fortran_order': False, 'shape': (2,)}                    # a string is"
            + " expected",
        "{'descr': '', 'fortran_order': False, 'shape': (2,)}                   # dtype ''",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}                # dtype",
        "{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}                # dtype '<f16'",
        "{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}                # dtype '<u8'",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}                 # Python objects",
        "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,)}            # times",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}       # structured dtype",
      })
  void refusesAnythingElse(String literal, String message) {
    assertRefused(() -> parse(literal), "x.npy: ", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '~',
      value = {
        "(4294967296, 4294967296)           # too large",
        "(9223372036854775807,)             # too large", // fits as a count, not as bytes
        "(-1,)                              # negative",
        "(-1, 0)                            # negative",
        "(1099511627776,)                   # missing data",
        "(0, 4294967296, 4294967296)        # trailing data",
      })
  void reservesNothingOnTheWordOfAShape(String shape, String message) {
    byte[] file =
        Fixtures.npy(
            "{'descr': '>f4', 'fortran_order': True, 'shape': " + shape + "}", new byte[8]);
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(
          () -> Npy.parse("x.npy", MemorySegment.ofArray(file), arena), "x.npy: ", message);
    }
  }

  @Test
  void refusesUnknownVersionsAndEndlessHeaders() {
    byte[] file = Fixtures.npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}");
    file[6] = 4;
    assertRefused(() -> NpyHeader.parse("x.npy", MemorySegment.ofArray(file)), "version 4.0");
    file[6] = 2; // the length is now four bytes, two of them text
    assertRefused(
        () -> NpyHeader.parse("x.npy", MemorySegment.ofArray(file)), "x.npy: .npy header");
  }

  @Test
  void keepsTheMessageOneShortLineWhateverTheFileHolds() {
    String junk = "x\n\u0007".repeat(20_000);
    assertRefused(() -> parse("{'" + junk + "': 1}"), "unknown key 'x??x", "...");
  }

  private static NpyHeader parse(String literal) {
    return NpyHeader.parse("x.npy", MemorySegment.ofArray(Fixtures.npy(literal)));
  }
}
