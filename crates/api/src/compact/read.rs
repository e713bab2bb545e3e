//! From bytes to a value.

use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::{CompactError, GROUP, short, untyped};

/// What is left of some bytes.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Result<u64, CompactError> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.bytes.split_first().ok_or_else(short)?;
            self.bytes = rest;
            let group = u64::from(*byte & ((1 << GROUP) - 1));
            if shift >= u64::BITS || (group << shift) >> shift != group {
                return Err(CompactError("a number of more than 64 bits".to_owned()));
            }
            number |= group << shift;
            if *byte < 1 << GROUP {
                return Ok(number);
            }
            shift += GROUP;
        }
    }

    fn signed(&mut self) -> Result<i64, CompactError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// How many elements or bytes come: each takes a byte at least.
    fn length(&mut self) -> Result<usize, CompactError> {
        let length = usize::try_from(self.number()?).ok();
        length.filter(|length| *length <= self.bytes.len()).ok_or_else(short)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CompactError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(short)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn flag(&mut self) -> Result<bool, CompactError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(CompactError(format!("{other} is neither yes nor no"))),
        }
    }

    fn some_bytes(&mut self) -> Result<&'a [u8], CompactError> {
        let length = self.length()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'a str, CompactError> {
        std::str::from_utf8(self.some_bytes()?).map_err(|error| CompactError(error.to_string()))
    }
}

macro_rules! read_numbers {
    ($($read:ident $visit:ident;)* ; $($read_signed:ident $visit_signed:ident;)*) => {
        $(fn $read<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
            visitor.visit_u64(self.number()?)
        })*
        $(fn $read_signed<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
            visitor.visit_i64(self.signed()?)
        })*
    };
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = CompactError;

    // What does not fit into a narrower number is refused by whoever asks for that.
    read_numbers! {
        deserialize_u8 visit_u64; deserialize_u16 visit_u64; deserialize_u32 visit_u64;
        deserialize_u64 visit_u64; deserialize_identifier visit_u64; ;
        deserialize_i8 visit_i64; deserialize_i16 visit_i64; deserialize_i32 visit_i64;
        deserialize_i64 visit_i64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        let number = self.number()?;
        let letter = u32::try_from(number).ok().and_then(char::from_u32);
        visitor.visit_char(letter.ok_or_else(|| CompactError(format!("{number} is no letter")))?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        let bytes = self.take(4)?.try_into().map_err(|_| short())?;
        visitor.visit_f32(f32::from_le_bytes(bytes))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        let bytes = self.take(8)?.try_into().map_err(|_| short())?;
        visitor.visit_f64(f64::from_le_bytes(bytes))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        visitor.visit_borrowed_bytes(self.some_bytes()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        if self.flag()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        let left = self.length()?;
        visitor.visit_seq(Several { reader: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_seq(Several { reader: self, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_seq(Several { reader: self, left })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CompactError> {
        let left = self.length()?;
        visitor.visit_map(Several { reader: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        // The place of a member is its key.
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_enum(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, CompactError> {
        Err(untyped())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, CompactError> {
        Err(untyped())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// So many elements, or members with their places.
struct Several<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: usize,
}

impl<'de> de::SeqAccess<'de> for Several<'_, 'de> {
    type Error = CompactError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CompactError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> de::MapAccess<'de> for Several<'_, 'de> {
    type Error = CompactError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CompactError> {
        de::SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, CompactError> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> de::EnumAccess<'de> for &mut Reader<'de> {
    type Error = CompactError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), CompactError> {
        let place = u32::try_from(self.number()?).map_err(|_| CompactError("no variant".into()))?;
        Ok((seed.deserialize(IntoDeserializer::<CompactError>::into_deserializer(place))?, self))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'de> {
    type Error = CompactError;

    fn unit_variant(self) -> Result<(), CompactError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, CompactError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        visitor.visit_seq(Several { reader: self, left })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CompactError> {
        de::Deserializer::deserialize_map(self, visitor)
    }
}
