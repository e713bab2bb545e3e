//! Ed25519 where implementations differ: only what all of them accept is accepted.

#![allow(
    clippy::unwrap_used,
    reason = "test helpers, too, panic where a case is not what it must be"
)]

use deconflict_record::{KeyError, Signature, SigningKey, VerifyingKey};

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    assert_eq!(hex.len(), 2 * N);
    std::array::from_fn(byte)
}

/// Every encoding of a point of small order that some implementation reads (the list in C2SP/CCTV,
/// ed25519/README.md): eight points, and six encodings beside the canonical ones.
const SMALL_ORDER: [&str; 14] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[test]
fn a_key_of_small_order_is_refused_in_every_encoding() {
    for encoding in SMALL_ORDER {
        assert!(VerifyingKey::from_bytes(&bytes(encoding)).is_err(), "{encoding}");
    }
    let weak = VerifyingKey::from_bytes(&bytes(SMALL_ORDER[8]));
    assert_eq!(weak, Err(KeyError::SmallOrder));
}

#[test]
fn a_key_with_a_part_of_small_order_is_refused() {
    // Keys of C2SP/CCTV ed25519vectors.json, numbers 4 and 158. With them, verifiers that multiply by
    // the cofactor and those that do not disagree on some signatures.
    for mixed in [
        "10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
        "dd1483c5304d412c1f29547640a5c2950222ee8931b7ed1c72602b7afa7024e0",
    ] {
        assert_eq!(VerifyingKey::from_bytes(&bytes(mixed)), Err(KeyError::SmallOrder));
    }
}

#[test]
fn of_the_cctv_vectors_with_a_sound_key_only_the_one_without_an_edge_verifies() {
    let key = "ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076";
    let key = VerifyingKey::from_bytes(&bytes(key)).unwrap();
    // Number, R, s, the end of the message. Go and OpenSSL accept 304; ZIP 215 accepts all.
    for (number, r, s, message) in [
        (
            304,
            SMALL_ORDER[4],
            "330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704",
            " 7",
        ),
        (
            305,
            "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506",
            "40657f1cb030f12543549bbabd848dc6403d354e7c99c4d0dcee9f63c9033b00",
            " 5",
        ),
        (
            316,
            SMALL_ORDER[5],
            "2d32f9eeccaa31dba2ff4ab4e196b61e2ee1648073bbb5f599dcff4f7ea02900",
            " 5",
        ),
        (
            317,
            SMALL_ORDER[5],
            "330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704",
            " 7",
        ),
        (
            319,
            SMALL_ORDER[6],
            "367b7a92fea8539e8793cf812e799e8ed342c635592e74323a8dfd38a06aea0b",
            " 6",
        ),
        (
            322,
            SMALL_ORDER[7],
            "f8ee37866245b5ef5bb4863572672809b98d93997190c514ccff477ebcf82f0d",
            " 6",
        ),
        (
            335,
            SMALL_ORDER[8],
            "aac16c21847c8f77ede0e03571488e65c01bc418470acebc90a5f65a69c3c60f",
            " 17",
        ),
        (
            336,
            "5ae36d433a7bd0efb150b6b04610d1986e3044c46b6ad69bae17aaf76b608d21",
            "fd3eacd8d7a35408e669bbf20fa791fc50be2a753015c51a7ff9554c4c540902",
            " 9",
        ),
    ] {
        let signature = Signature(bytes(&format!("{r}{s}")));
        let verified =
            key.verify(format!("ed25519vectors{message}").as_bytes(), &signature).is_ok();
        assert_eq!(verified, number == 305, "vector {number}");
    }
}

#[test]
fn a_key_in_another_than_the_canonical_encoding_is_refused() {
    // y = p + k, for each k that leaves room below 2^255: nineteen, of either sign.
    for (low, sign) in (0xed..=0xffu8).flat_map(|low| [(low, 0x7f), (low, 0xff)]) {
        let mut encoding = [0xff; 32];
        (encoding[0], encoding[31]) = (low, sign);
        assert_eq!(VerifyingKey::from_bytes(&encoding), Err(KeyError::NoPoint), "{low:x} {sign:x}");
    }
    // Of the points that have two encodings, some lie outside the small subgroup.
    let point = |low: u8| {
        let mut encoding = [0; 32];
        encoding[0] = low;
        VerifyingKey::from_bytes(&encoding)
    };
    assert!((2..19).any(|low| point(low) != Err(KeyError::NoPoint)));
    assert!((2..19).any(|low| point(low) == Err(KeyError::NoPoint)));
}

#[test]
fn rfc_8032_signatures_verify() {
    // RFC 8032 section 7.1, tests 1 and 2.
    let one = SigningKey::from_seed(&bytes(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    ));
    let signature = Signature(bytes(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ));
    assert_eq!(one.sign(b""), signature);
    assert!(one.verifying_key().verify(b"", &signature).is_ok());
    let two = VerifyingKey::from_bytes(&bytes(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    ))
    .unwrap();
    let signature = Signature(bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ));
    assert!(two.verify(b"\x72", &signature).is_ok());
}

#[test]
fn a_signature_of_another_form_is_refused() {
    let key = SigningKey::from_seed(&[1; 32]);
    let good = key.sign(b"message");
    let refused = |signature: [u8; 64]| {
        assert!(key.verifying_key().verify(b"message", &Signature(signature)).is_err());
    };
    // s + L, with L = 2^252 + 27742317777372353535851937790883648493: the same number to those who
    // do not look at its range.
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let (mut malleable, mut carry) = (good.0, 0);
    for (byte, add) in malleable[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    refused(malleable);
    for encoding in SMALL_ORDER {
        let mut small = good.0;
        small[..32].copy_from_slice(&bytes::<32>(encoding));
        refused(small);
        small[32..].fill(0);
        refused(small);
    }
    for bit in 0..512 {
        let mut flipped = good.0;
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(flipped);
    }
    assert!(key.verifying_key().verify(b"message", &good).is_ok());
}
