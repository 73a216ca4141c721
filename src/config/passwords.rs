//! What hashing a password costs, and the least that is allowed.

use anyhow::bail;

/// The parameters of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1 }
    }
}

/// OWASP's Password Storage Cheat Sheet: memory in KiB and iterations that protect equally well.
const LEAST: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The most that one sign-in may cost: 1 GiB, 64 passes, 16 lanes.
const MOST: (u32, u32, u32) = (1_048_576, 64, 16);

impl PasswordCost {
    /// Refuses less than OWASP's minimum, and what would only hurt the server.
    pub fn check(self) -> anyhow::Result<()> {
        let enough =
            LEAST.iter().any(|(memory, iterations)| self.memory_kib >= *memory && self.iterations >= *iterations);
        if !enough || self.parallelism == 0 {
            bail!(
                "Hashing passwords with {} KiB and {} iterations is weaker than OWASP's minimum of 19456 KiB and 2 iterations \
                 (or 47104 and 1, 12288 and 3, 9216 and 4, 7168 and 5).",
                self.memory_kib,
                self.iterations
            );
        }
        if self.memory_kib > MOST.0 || self.iterations > MOST.1 || self.parallelism > MOST.2 {
            bail!("Hashing one password may take at most 1 GiB of memory, 64 iterations and 16 lanes.");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PasswordCost;

    #[test]
    fn owasps_minimum_is_not_undercut() {
        let allowed =
            |memory_kib, iterations, parallelism| PasswordCost { memory_kib, iterations, parallelism }.check().is_ok();
        assert!(allowed(19_456, 2, 1));
        assert!(allowed(47_104, 1, 1));
        assert!(allowed(9_216, 4, 1));
        assert!(!allowed(19_456, 1, 1));
        assert!(!allowed(19_455, 2, 1));
        assert!(!allowed(19_456, 2, 0));
        assert!(!allowed(2_000_000, 2, 1));
    }
}
