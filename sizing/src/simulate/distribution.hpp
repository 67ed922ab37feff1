#pragma once

#include "simulate/random.hpp"

#include <variant>
#include <vector>

namespace lmi::sizing::simulate {

/// How a quantity (milliseconds of CPU or of waiting) varies from call to call. Values are never negative.
class Distribution {
 public:
  struct Constant {
    double value;
  };
  struct Uniform {
    double least;
    double most;
  };
  struct Exponential {
    double mean;
  };
  struct LogNormal {
    double mu;  ///< Of the logarithm.
    double sigma;
  };
  struct Gamma {
    double shape;
    double scale;
  };
  /// A measured one: between two points values are spread evenly.
  struct Empirical {
    struct Point {
      double quantile;  ///< 0 at the first, 1 at the last, growing.
      double value;     ///< Growing or the same.
    };
    std::vector<Point> points;
  };
  using Form = std::variant<Constant, Uniform, Exponential, LogNormal, Gamma, Empirical>;

  Distribution() : Distribution{Constant{0}} {}
  explicit Distribution(Form form) : form_{std::move(form)} {}

  static Distribution constant(double value) { return Distribution{Constant{value}}; }
  static Distribution exponential(double mean) { return Distribution{Exponential{mean}}; }
  /// `cv`: the deviation divided by the mean.
  static Distribution lognormal(double mean, double cv);
  static Distribution lognormal_by_quantiles(double median, double p99);
  static Distribution gamma(double mean, double cv);

  double sample(Random& random) const;
  double mean() const;
  /// Of the variance, divided by the mean squared; 0 when the mean is.
  double squared_variation() const;
  bool is_zero() const { return mean() == 0; }

  const Form& form() const noexcept { return form_; }

 private:
  Form form_;
};

}  // namespace lmi::sizing::simulate
