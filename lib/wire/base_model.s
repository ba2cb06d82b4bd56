# base.bin as it is, in read-only memory: mapped when first touched.
        .section .rodata.masc_wire_base_model, "a"
        .globl masc_wire_base_model
        .globl masc_wire_base_model_end
        .balign 64
masc_wire_base_model:
        .incbin "base.bin"
masc_wire_base_model_end:
        .section .note.GNU-stack, "", %progbits
