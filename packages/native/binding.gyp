{
  "variables": {
    # Set by `node build.mjs --sanitize`: AddressSanitizer and UndefinedBehaviorSanitizer.
    "sanitize%": "false"
  },
  "targets": [
    {
      "target_name": "latchkey",
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('cc', {recursive: true}).filter((f) => /\\.(cc|S)$/.test(f)).map((f) => 'cc/' + f).join(' ')\")"
      ],
      "include_dirs": [
        "cc",
        "<!(node -p \"require('node-addon-api').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        # Only what OpenSSL 3.0 has and has not deprecated.
        "OPENSSL_API_COMPAT=30000",
        "OPENSSL_NO_DEPRECATED"
      ],
      "cflags_cc": [
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-fvisibility=hidden"
      ],
      # Node's own headers are not ours to warn about.
      "cflags_cc!": [
        "-Wno-unused-parameter"
      ],
      "conditions": [
        [
          # Stays loaded when the thread that loaded it ends: keys belong to the process, and OpenSSL keeps pointers to the
          # provider.
          "OS=='linux'",
          {
            "ldflags": [
              "-Wl,-z,nodelete"
            ]
          }
        ],
        [
          "sanitize=='true'",
          {
            "cflags_cc": [
              "-fsanitize=address,undefined",
              "-fno-sanitize-recover=undefined",
              "-fno-omit-frame-pointer",
              # What GCC takes for uninitialised here is the sanitizers' own code.
              "-Wno-maybe-uninitialized",
              "-g",
              "-O1"
            ],
            "ldflags": [
              "-fsanitize=address,undefined"
            ]
          }
        ]
      ]
    }
  ]
}
