//! From a value to bytes.

use serde::{Serialize, ser};

use super::{CompactError, GROUP};

/// Bytes that grow.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 1 << GROUP {
            self.bytes.push(number as u8 | 1 << GROUP);
            number >>= GROUP;
        }
        self.bytes.push(number as u8);
    }

    fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    fn known(&mut self, length: Option<usize>) -> Result<&mut Self, CompactError> {
        let unknown = || CompactError("how many elements come must be known".to_owned());
        self.length(length.ok_or_else(unknown)?);
        Ok(self)
    }
}

macro_rules! numbers {
    ($($write:ident $unsigned:ty;)* ; $($write_signed:ident $signed:ty;)*) => {
        $(fn $write(self, value: $unsigned) -> Result<(), CompactError> {
            self.number(u64::from(value));
            Ok(())
        })*
        $(fn $write_signed(self, value: $signed) -> Result<(), CompactError> {
            // Small ones are short, whichever side of zero they lie on.
            let value = i64::from(value);
            self.number((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
            Ok(())
        })*
    };
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = CompactError;
    type SerializeSeq = &'w mut Writer;
    type SerializeTuple = &'w mut Writer;
    type SerializeTupleStruct = &'w mut Writer;
    type SerializeTupleVariant = &'w mut Writer;
    type SerializeMap = &'w mut Writer;
    type SerializeStruct = Members<'w>;
    type SerializeStructVariant = Members<'w>;

    numbers! {
        serialize_bool bool; serialize_u8 u8; serialize_u16 u16; serialize_u32 u32; serialize_u64 u64;
        serialize_char char; ;
        serialize_i8 i8; serialize_i16 i16; serialize_i32 i32; serialize_i64 i64;
    }

    fn serialize_f32(self, value: f32) -> Result<(), CompactError> {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), CompactError> {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), CompactError> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), CompactError> {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), CompactError> {
        self.serialize_bool(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CompactError> {
        self.number(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CompactError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), CompactError> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
    ) -> Result<(), CompactError> {
        self.serialize_u32(place)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CompactError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), CompactError> {
        self.number(u64::from(place));
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<&'w mut Writer, CompactError> {
        self.known(length)
    }

    fn serialize_tuple(self, _: usize) -> Result<&'w mut Writer, CompactError> {
        Ok(self)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<&'w mut Writer, CompactError> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        _: usize,
    ) -> Result<&'w mut Writer, CompactError> {
        self.number(u64::from(place));
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<&'w mut Writer, CompactError> {
        self.known(length)
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Members<'w>, CompactError> {
        self.length(length);
        Ok(Members { writer: self, place: 0 })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        place: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Members<'w>, CompactError> {
        self.number(u64::from(place));
        self.serialize_struct(name, length)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Writes the members of a struct: how many there are, and before each its place among all.
pub(super) struct Members<'w> {
    writer: &'w mut Writer,
    place: u64,
}

impl Members<'_> {
    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CompactError> {
        self.writer.number(self.place);
        self.place += 1;
        value.serialize(&mut *self.writer)
    }
}

macro_rules! members {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Members<'_> {
            type Ok = ();
            type Error = CompactError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), CompactError> {
                self.write(value)
            }

            fn skip_field(&mut self, _: &'static str) -> Result<(), CompactError> {
                self.place += 1;
                Ok(())
            }

            fn end(self) -> Result<(), CompactError> {
                Ok(())
            }
        }
    )*};
}

members! { SerializeStruct SerializeStructVariant }

macro_rules! elements {
    ($($trait:ident $write:ident)*) => {$(
        impl ser::$trait for &mut Writer {
            type Ok = ();
            type Error = CompactError;

            fn $write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CompactError> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), CompactError> {
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element SerializeTuple serialize_element
    SerializeTupleStruct serialize_field SerializeTupleVariant serialize_field
}

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = CompactError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CompactError> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CompactError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), CompactError> {
        Ok(())
    }
}
