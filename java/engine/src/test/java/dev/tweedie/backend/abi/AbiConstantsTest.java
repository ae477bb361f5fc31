package dev.tweedie.backend.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Numerics;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.backend.java.Refinement;
import dev.tweedie.backend.table.BallTable;
import dev.tweedie.bindings.NativeLibrary;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.prior.Kind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What Java says of kinds, blocks and bounds is what the header says: C and Java would else cut the
 * same softmax in two ways, and differ in their last bits only.
 */
class AbiConstantsTest {
  @Test
  void kindsAreThoseOfTheHeaderInItsOrder() {
    assertEquals(
        Arrays.asList(0, 1, 2, 3), Arrays.stream(Kind.values()).map(Structs::code).toList());
  }

  @Test
  void blocksAndShards() {
    assertEquals(Tweedie.TWEEDIE_BLOCK_ISOTROPIC(), Kind.ISOTROPIC.block());
    assertEquals(Tweedie.TWEEDIE_BLOCK_DIAGONAL(), Kind.DIAGONAL.block());
    assertEquals(Tweedie.TWEEDIE_BLOCK_BASIS(), Kind.LOW_RANK.block());
    assertEquals(Tweedie.TWEEDIE_BLOCK_BASIS(), Kind.FULL.block());
    assertEquals(Tweedie.TWEEDIE_SHARD(), Kind.SHARD);
    assertEquals(Tweedie.TWEEDIE_BALLS_OF_BLOCK(), BallTable.MOST);
    for (Kind kind : Kind.values()) {
      // a shard ends where a block does, whatever the kind
      assertEquals(0, Kind.SHARD % kind.block(), kind.toString());
    }
  }

  @Test
  void boundOfALogitAndCutoffOfAWeight() {
    assertEquals(Tweedie.TWEEDIE_LOGIT_ERROR(), Refinement.LOGIT_ERROR);
    assertEquals(Tweedie.TWEEDIE_LOGIT_ERROR(), Numerics.FAST_BYTES.bound().logit());
    assertEquals(Tweedie.TWEEDIE_BF16_LOGIT_ERROR(), Numerics.FAST_BF16.bound().logit());
    assertEquals(-Tweedie.TWEEDIE_CUTOFF(), Formula.WEIGHT_FLOOR);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void widthsAreThoseOfTheLibrary(Kind kind) {
    String absence = NativeLibrary.cpu().reason().orElse(null);
    assumeTrue(absence == null, absence);
    for (int dim : new int[] {1, 15, 784}) {
      assertEquals(Tweedie.tweedie_width(Structs.code(kind), dim), kind.width(dim));
      assertEquals(Tweedie.tweedie_blind_width(Structs.code(kind), dim), kind.blindWidth(dim));
    }
  }
}
