#pragma once

#include "entry/orphaned_polls.hpp"
#include "invoke/in_flight.hpp"
#include "transport/descriptor_channel.hpp"

#include <cstddef>
#include <vector>

namespace lmi::entry {

/// A supervisor's duplicates of the connections of one worker process, by slot: what the platform has written
/// there outlives the process.
///
/// Threads: one owner.
class WorkerConnections {
 public:
  explicit WorkerConnections(std::size_t slots);
  ~WorkerConnections() { release(); }
  WorkerConnections(const WorkerConnections&) = delete;
  WorkerConnections& operator=(const WorkerConnections&) = delete;

  /// For a process that is about to be forked: what it sends its connections through. Throws
  /// std::system_error.
  transport::DescriptorSender begin();

  /// Takes what has been sent. Whether all of it could be kept: this process has a limit of descriptors, and
  /// needs some for itself, to answer and to start another process.
  bool take() noexcept;

  /// To wait on until the next take(); -1: nothing will come.
  [[nodiscard]] int descriptor() const noexcept { return incoming_.descriptor(); }

  /// After the end of its process: hands over what it polled on. What it noted in `table` needs no such
  /// search.
  void orphan(invoke::InFlightTable& table, OrphanedPolls& polls);

  /// Closes what is held, without ending the connections for whoever else holds them.
  void release() noexcept;

 private:
  transport::DescriptorReceiver incoming_{-1};
  std::vector<int> duplicates_;  ///< By slot; -1: none.
  int first_reserved_;           ///< From this number on descriptors are this process's own.
};

}  // namespace lmi::entry
