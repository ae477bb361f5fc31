package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of a mixture in an archive, by the names that people save them under: ours, or those
 * of a fitted scikit-learn model with its underscore. What else such a model holds (precisions,
 * which follow from the covariances, and how it was fitted) is left aside; any other name is
 * refused, since a misspelt {@code factors} left aside would silently make another distribution.
 */
final class MixtureArrays {
  static final String WEIGHTS = "weights";
  static final String MEANS = "means";
  static final String COVARIANCES = "covariances";
  static final String FACTORS = "factors";
  static final String TYPE = "covariance_type";

  private static final List<String> ARRAYS = List.of(WEIGHTS, MEANS, COVARIANCES, FACTORS);

  /** What else sklearn.mixture's models have, without the underscore of fitted attributes. */
  private static final Set<String> ASIDE =
      Set.of(
          "converged",
          "degrees_of_freedom",
          "degrees_of_freedom_prior",
          "covariance_prior",
          "feature_names_in",
          "init_params",
          "lower_bound",
          "lower_bounds",
          "max_iter",
          "mean_precision",
          "mean_precision_prior",
          "mean_prior",
          "means_init",
          "n_components",
          "n_features_in",
          "n_init",
          "n_iter",
          "precisions",
          "precisions_cholesky",
          "precisions_init",
          "random_state",
          "reg_covar",
          "tol",
          "warm_start",
          "weight_concentration",
          "weight_concentration_prior",
          "weight_concentration_prior_type",
          "weights_init");

  /** Names that others use, and what they are here. */
  private static final Map<String, String> MEANT =
      Map.ofEntries(
          Map.entry("pi", WEIGHTS),
          Map.entry("w", WEIGHTS),
          Map.entry("weight", WEIGHTS),
          Map.entry("mixing", WEIGHTS),
          Map.entry("mu", MEANS),
          Map.entry("mus", MEANS),
          Map.entry("mean", MEANS),
          Map.entry("centers", MEANS),
          Map.entry("cluster_centers", MEANS),
          Map.entry("cov", COVARIANCES),
          Map.entry("covs", COVARIANCES),
          Map.entry("covars", COVARIANCES),
          Map.entry("covariance", COVARIANCES),
          Map.entry("sigma", COVARIANCES),
          Map.entry("sigmas", COVARIANCES),
          Map.entry("variances", COVARIANCES),
          Map.entry("factor", FACTORS));

  private final Path path;
  private final Npz npz;

  /**
   * @throws InvalidInputException if an array is missing, unknown or there under two names
   */
  MixtureArrays(Path path, Npz npz) {
    this.path = path;
    this.npz = npz;
    for (String name : npz.names()) {
      String plain = plain(name);
      boolean known = ARRAYS.contains(plain) || plain.equals(TYPE) || ASIDE.contains(plain);
      if (!known) {
        throw unknown(name);
      }
      if (!name.equals(plain) && npz.contains(plain)) {
        throw new InvalidInputException(
            "%s: has both '%s' and '%s'; allowed: one of them".formatted(path, plain, name));
      }
    }
  }

  /** Whether an archive has an array of a mixture's, hence no rows. */
  static boolean isMixture(Npz npz) {
    return npz.names().stream().anyMatch(name -> ARRAYS.contains(plain(name)));
  }

  private static String plain(String name) {
    return name.endsWith("_") ? name.substring(0, name.length() - 1) : name;
  }

  private InvalidInputException unknown(String name) {
    String meant = MEANT.get(plain(name).toLowerCase(java.util.Locale.ROOT));
    return new InvalidInputException(
        "%s: unknown array '%s'%s; allowed: weights, means, covariances, factors, covariance_type,"
                .formatted(path, name, meant == null ? "" : ", expected as '" + meant + "'")
            + " and what else a scikit-learn mixture has");
  }

  boolean hasFactors() {
    return name(FACTORS) != null;
  }

  /**
   * @throws InvalidInputException if it is not there
   */
  NdArray get(String plain) {
    String name = name(plain);
    return npz.get(name == null ? plain : name);
  }

  /** What the file says of its covariances' kind, or empty. */
  String covarianceType() {
    String name = name(TYPE);
    return name == null ? "" : npz.text(name);
  }

  private @Nullable String name(String plain) {
    return npz.contains(plain) ? plain : npz.contains(plain + "_") ? plain + "_" : null;
  }
}
