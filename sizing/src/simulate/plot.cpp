#include "simulate/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace lmi::sizing::simulate {
namespace {

constexpr double width = 760;
constexpr double height = 240;
constexpr double left = 62;
constexpr double right = 12;
constexpr double top = 30;
constexpr double bottom = 26;

/// Colours that also people who see no red or green can tell apart (Okabe and Ito).
constexpr std::array<const char*, 7> colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                             "#E69F00", "#56B4E9", "#000000"};

std::string number(double value) {
  std::ostringstream out;
  if (std::abs(value) >= 1e6) {
    out << std::setprecision(3) << value / 1e6 << 'M';
  } else if (std::abs(value) >= 1e4) {
    out << std::setprecision(4) << value / 1e3 << 'k';
  } else {
    out << std::setprecision(4) << value;
  }
  return out.str();
}

std::string coordinate(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << value;
  return out.str();
}

/// 1, 2 or 5 times a power of ten: the step that divides `range` into about `parts`.
double round_step(double range, double parts) {
  const double raw = range / parts;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw * 0.999) return factor * power;
  }
  return 10 * power;
}

/// A step of time that people count in.
double time_step(double range) {
  constexpr double most_parts = 8;
  for (const double step : {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
                            7200.0, 10800.0, 21600.0, 43200.0, 86400.0}) {
    if (range / step <= most_parts) return step;
  }
  return 86400 * std::ceil(range / 86400 / most_parts);
}

std::string time_label(double at, double step) {
  if (step >= 3600) return number(at / 3600) + " h";
  if (step >= 60) return number(at / 60) + " min";
  return number(at) + " s";
}

class Frame {
 public:
  explicit Frame(const Plot& plot) {
    if (!plot.times.empty()) end_ = std::max(1e-9, plot.times.back());
    for (const auto& line : plot.lines) {
      for (const double value : line.values) highest_ = std::max(highest_, value);
    }
    if (highest_ == 0) highest_ = 1;
    step_ = round_step(highest_, 4);
    highest_ = std::ceil(highest_ / step_ - 1e-9) * step_;
  }

  double x(double time) const { return left + (width - left - right) * time / end_; }
  double y(double value) const { return height - bottom - (height - top - bottom) * value / highest_; }

  void draw_axes(std::ostringstream& out) const {
    for (double value = 0; value <= highest_ * 1.0001; value += step_) {
      const std::string at = coordinate(y(value));
      out << "<line class=\"grid\" x1=\"" << left << "\" x2=\"" << width - right << "\" y1=\"" << at
          << "\" y2=\"" << at << "\"/><text class=\"tick\" text-anchor=\"end\" x=\"" << left - 6 << "\" y=\""
          << coordinate(y(value) + 4) << "\">" << number(value) << "</text>";
    }
    const double step = time_step(end_);
    for (double at = 0; at <= end_ * 1.0001; at += step) {
      out << "<text class=\"tick\" text-anchor=\"middle\" x=\"" << coordinate(x(at)) << "\" y=\""
          << height - 8 << "\">" << time_label(at, step) << "</text>";
    }
  }

 private:
  double end_ = 1;
  double highest_ = 0;
  double step_ = 1;
};

}  // namespace

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string to_svg(const Plot& plot) {
  const Frame frame{plot};
  std::ostringstream out;
  out << "<svg viewBox=\"0 0 " << width << ' ' << height << "\" role=\"img\" aria-label=\""
      << escape_html(plot.title) << "\"><text class=\"title\" x=\"" << left << "\" y=\"16\">"
      << escape_html(plot.title) << (plot.unit.empty() ? "" : " (" + escape_html(plot.unit) + ")")
      << "</text>";
  frame.draw_axes(out);
  double legend = width - right;
  for (std::size_t i = plot.lines.size(); i-- > 0;) {
    const auto& line = plot.lines[i];
    const char* colour = colours.at(i % colours.size());
    out << "<polyline fill=\"none\" stroke=\"" << colour << "\" stroke-width=\"1.6\" points=\"";
    for (std::size_t at = 0; at < std::min(line.values.size(), plot.times.size()); ++at) {
      out << coordinate(frame.x(plot.times[at])) << ',' << coordinate(frame.y(line.values[at])) << ' ';
    }
    out << "\"/>";
    if (plot.lines.size() == 1) break;
    constexpr double letter = 6.4;
    out << "<text class=\"legend\" text-anchor=\"end\" fill=\"" << colour << "\" x=\"" << coordinate(legend)
        << "\" y=\"16\">" << escape_html(line.label) << "</text>";
    legend -= letter * static_cast<double>(line.label.size()) + 14;
  }
  out << "</svg>";
  return out.str();
}

}  // namespace lmi::sizing::simulate
