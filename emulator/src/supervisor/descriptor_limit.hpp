#pragma once

namespace lmi::emulator::supervisor {

/// Lets this process open as many descriptors as it may (its hard limit): each slot of each environment holds
/// one. The processes it starts get back the limit it began with. Before the first of them, once.
void raise_descriptor_limit() noexcept;

/// In a child, between fork and exec: the limit from before raise_descriptor_limit(). A system call only.
void restore_descriptor_limit() noexcept;

}  // namespace lmi::emulator::supervisor
