#pragma once

#include <string>
#include <vector>

namespace lmi::sizing::simulate {

/// One line of a plot; `values` has one for each point of the plot's time axis.
struct PlotLine {
  std::string label;
  std::vector<double> values;
};

struct Plot {
  std::string title;
  std::string unit;
  std::vector<double> times;  ///< Seconds.
  std::vector<PlotLine> lines;
};

/// A self-contained <svg> element: axes with round numbers, a line for each of `lines`, a legend.
std::string to_svg(const Plot& plot);

/// For text between tags and in attributes.
std::string escape_html(const std::string& text);

}  // namespace lmi::sizing::simulate
