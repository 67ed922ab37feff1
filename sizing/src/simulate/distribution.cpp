#include "simulate/distribution.hpp"

#include <algorithm>
#include <cmath>

namespace lmi::sizing::simulate {
namespace {

using D = Distribution;

/// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
double sample_gamma(double shape, Random& random) {
  if (shape < 1) {
    const double boost = std::pow(random.uniform(), 1 / shape);
    return boost * sample_gamma(shape + 1, random);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double interpolate(const std::vector<D::Empirical::Point>& points, double quantile) {
  const auto above =
      std::lower_bound(points.begin(), points.end(), quantile,
                       [](const auto& point, double wanted) { return point.quantile < wanted; });
  if (above == points.begin()) return points.front().value;
  if (above == points.end()) return points.back().value;
  const auto& low = *(above - 1);
  if (above->quantile == low.quantile) return above->value;
  return low.value +
         (above->value - low.value) * (quantile - low.quantile) / (above->quantile - low.quantile);
}

struct Sampler {
  Random& random;

  double operator()(const D::Constant& form) const { return form.value; }
  double operator()(const D::Uniform& form) const {
    return form.least + (form.most - form.least) * random.uniform();
  }
  double operator()(const D::Exponential& form) const { return form.mean * random.exponential(); }
  double operator()(const D::LogNormal& form) const {
    return std::exp(form.mu + form.sigma * random.normal());
  }
  double operator()(const D::Gamma& form) const { return form.scale * sample_gamma(form.shape, random); }
  double operator()(const D::Empirical& form) const { return interpolate(form.points, random.uniform()); }
};

struct Moments {
  double mean;
  double square;  ///< Of the value squared, the mean.
};

struct MomentsOf {
  Moments operator()(const D::Constant& form) const { return {form.value, form.value * form.value}; }
  Moments operator()(const D::Uniform& form) const {
    return {(form.least + form.most) / 2,
            (form.least * form.least + form.least * form.most + form.most * form.most) / 3};
  }
  Moments operator()(const D::Exponential& form) const { return {form.mean, 2 * form.mean * form.mean}; }
  Moments operator()(const D::LogNormal& form) const {
    return {std::exp(form.mu + form.sigma * form.sigma / 2),
            std::exp(2 * form.mu + 2 * form.sigma * form.sigma)};
  }
  Moments operator()(const D::Gamma& form) const {
    return {form.shape * form.scale, form.shape * (form.shape + 1) * form.scale * form.scale};
  }
  Moments operator()(const D::Empirical& form) const {
    Moments moments{0, 0};
    for (std::size_t i = 1; i < form.points.size(); ++i) {
      const auto& low = form.points[i - 1];
      const auto& high = form.points[i];
      const Moments part = (*this)(D::Uniform{low.value, high.value});
      moments.mean += (high.quantile - low.quantile) * part.mean;
      moments.square += (high.quantile - low.quantile) * part.square;
    }
    return moments;
  }
};

}  // namespace

Distribution Distribution::lognormal(double mean, double cv) {
  const double variance = std::log(1 + cv * cv);
  return Distribution{LogNormal{std::log(mean) - variance / 2, std::sqrt(variance)}};
}

Distribution Distribution::lognormal_by_quantiles(double median, double p99) {
  constexpr double z99 = 2.3263478740408408;  // of the standard normal distribution
  return Distribution{LogNormal{std::log(median), std::log(p99 / median) / z99}};
}

Distribution Distribution::gamma(double mean, double cv) {
  const double shape = 1 / (cv * cv);
  return Distribution{Gamma{shape, mean / shape}};
}

double Distribution::sample(Random& random) const {
  return std::visit(Sampler{random}, form_);
}

double Distribution::mean() const {
  return std::visit(MomentsOf{}, form_).mean;
}

double Distribution::squared_variation() const {
  const Moments moments = std::visit(MomentsOf{}, form_);
  if (moments.mean == 0) return 0;
  return std::max(0.0, moments.square / (moments.mean * moments.mean) - 1);
}

}  // namespace lmi::sizing::simulate
