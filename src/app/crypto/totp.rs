//! One-time codes by RFC 6238: SHA-1, 30 seconds, 6 digits, which is what every authenticator understands.

use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    app::ports::{Randomness, random_bytes},
    domain::{
        address::UserPrincipalName,
        name::OrganizationName,
        second_factor::{self, CodeError, STEP},
        time::Instant,
    },
};

/// The secret that the device and the portal share: 160 bits, as RFC 4226 recommends.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// A new secret.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        Self(random_bytes(randomness))
    }

    /// From the bytes that were sealed; `None` when there are not 20 of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As a person types it: base32, with or without spaces. `None` when it is not a secret of 160 bits.
    pub fn from_typed(typed: &str) -> Option<Self> {
        let letters: String = typed.chars().filter(|found| !found.is_whitespace()).collect();
        BASE32_NOPAD.decode(letters.to_uppercase().as_bytes()).ok().and_then(|bytes| Self::from_bytes(&bytes))
    }

    /// The bytes to seal.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As a person types it into the device: base32 in groups of four.
    pub fn as_typed(&self) -> String {
        let letters: Vec<char> = BASE32_NOPAD.encode(&self.0).chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("TotpSecret(…)")
    }
}

/// The codes of one secret.
pub struct Totp(totp_rs::Totp);

impl Totp {
    /// The codes of this secret.
    pub fn new(secret: &TotpSecret) -> Self {
        Self(Self::builder(secret).build_noncompliant())
    }

    fn builder(secret: &TotpSecret) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP.millis().unsigned_abs() / 1_000)
            .with_secret(secret.as_bytes().to_vec())
    }

    /// The code of a step: six digits.
    pub fn code(&self, step: i64) -> String {
        self.0.generate(step.unsigned_abs().saturating_mul(self.0.step())).to_string()
    }

    /// The code that the device shows at this moment.
    pub fn code_at(&self, now: Instant) -> String {
        self.code(second_factor::step_at(now))
    }

    /// Decides whether the typed code counts now; tells the step to remember. Spaces are forgiven.
    pub fn accept(&self, typed: &str, last_accepted: i64, now: Instant) -> Result<i64, CodeError> {
        let typed: String = typed.chars().filter(|found| !found.is_whitespace()).collect();
        second_factor::accept(now, last_accepted, |step| self.code(step).as_bytes().ct_eq(typed.as_bytes()).into())
    }

    /// The link that an authenticator reads from the QR code (the Key URI Format).
    pub fn enrolment_url(secret: &TotpSecret, issuer: &OrganizationName, account: &UserPrincipalName) -> String {
        // A colon separates issuer and account, and the format has no way to write one inside them.
        let issuer = percent_encoded(&issuer.as_str().replace(':', " "));
        let account = percent_encoded(account.as_str());
        let secret = BASE32_NOPAD.encode(secret.as_bytes());
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
    }
}

/// RFC 3986: everything but the unreserved characters.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: TotpSecret = TotpSecret(*b"12345678901234567890");

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = Totp::new(&SECRET);
        // The appendix shows eight digits; six are their end.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.code_at(Instant::from_millis(seconds * 1_000)), code);
        }
    }

    #[test]
    fn a_code_counts_around_its_step_and_once() {
        let totp = Totp::new(&SECRET);
        let shown = Instant::from_millis(59_000);
        assert_eq!(totp.accept(" 287 082 ", 0, shown), Ok(1));
        assert_eq!(totp.accept("287082", 0, Instant::from_millis(89_999)), Ok(1));
        assert_eq!(totp.accept("287082", 0, Instant::from_millis(90_000)), Err(CodeError::Wrong));
        assert_eq!(totp.accept("287082", 1, shown), Err(CodeError::UsedBefore));
        for wrong in ["", "28708", "2870820", "287083", "２８７０８２"] {
            assert_eq!(totp.accept(wrong, 0, shown), Err(CodeError::Wrong), "{wrong}");
        }
    }

    #[test]
    fn the_secret_can_be_scanned_and_typed() {
        let issuer = OrganizationName::parse("Contoso: Zürich").unwrap();
        let account = UserPrincipalName::parse("o'neil+x@contoso.example").unwrap();
        assert_eq!(
            Totp::enrolment_url(&SECRET, &issuer, &account),
            "otpauth://totp/Contoso%20%20Z%C3%BCrich:o%27neil%2Bx%40contoso.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Contoso%20%20Z%C3%BCrich&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(SECRET.as_typed(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(TotpSecret::from_typed("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), Some(SECRET));
        assert_eq!(TotpSecret::from_typed("GEZD"), None);
        assert_eq!(format!("{SECRET:?}"), "TotpSecret(…)");
    }
}
