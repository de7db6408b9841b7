/* The primitives that libomemo-c asks its user for, on OpenSSL's fastest calls, so that the comparison is with
 * libomemo-c and not with the setup costs of a crypto library: no algorithm is looked up twice, no context is made
 * for one hash. */

#define OPENSSL_API_COMPAT 0x10101000L /* SHA256_Init and its like: what is behind EVP, without its allocations */

#include "device.h"

#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

struct script script;

static int random_bytes(uint8_t *data, size_t length, void *user)
{
    (void)user;
    if (script.is_set) {
        must(length == 32 || length == 64, "drawing as much as the script holds");
        memcpy(data, script.draws[length == 32 && script.drawn > 0], length);
        script.drawn++;
        return 0;
    }
    while (length > 0) {
        ssize_t got = getrandom(data, length, 0);
        if (got < 0)
            return SG_ERR_UNKNOWN;
        data += got;
        length -= (size_t)got;
    }
    return 0;
}

/* HMAC (RFC 2104): the inner hash under way and the outer one with its key block already in. */
struct hmac {
    SHA256_CTX inner, outer;
};

static int hmac_init(void **context, const uint8_t *key, size_t length, void *user)
{
    (void)user;
    uint8_t block[64] = {0};
    struct hmac *hmac = malloc(sizeof *hmac);
    if (hmac == NULL)
        return SG_ERR_NOMEM;
    if (length > sizeof block)
        SHA256(key, length, block);
    else
        memcpy(block, key, length);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    SHA256_Init(&hmac->inner);
    SHA256_Update(&hmac->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    SHA256_Init(&hmac->outer);
    SHA256_Update(&hmac->outer, block, sizeof block);
    *context = hmac;
    return 0;
}

static int hmac_update(void *context, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    SHA256_Update(&((struct hmac *)context)->inner, data, length);
    return 0;
}

static int hmac_final(void *context, signal_buffer **output, void *user)
{
    (void)user;
    struct hmac *hmac = context;
    uint8_t digest[32];
    SHA256_Final(digest, &hmac->inner);
    SHA256_Update(&hmac->outer, digest, sizeof digest);
    SHA256_Final(digest, &hmac->outer);
    *output = signal_buffer_create(digest, sizeof digest);
    return *output == NULL ? SG_ERR_NOMEM : 0;
}

static void release(void *context, void *user)
{
    (void)user;
    free(context);
}

static int sha512_init(void **context, void *user)
{
    (void)user;
    *context = malloc(sizeof(SHA512_CTX));
    if (*context == NULL)
        return SG_ERR_NOMEM;
    SHA512_Init(*context);
    return 0;
}

static int sha512_update(void *context, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    SHA512_Update(context, data, length);
    return 0;
}

static int sha512_final(void *context, signal_buffer **output, void *user)
{
    (void)user;
    uint8_t digest[64];
    SHA512_Final(digest, context);
    SHA512_Init(context);
    *output = signal_buffer_create(digest, sizeof digest);
    return *output == NULL ? SG_ERR_NOMEM : 0;
}

/* AES-256-CBC with padding in either direction: the one cipher that the protocol of OMEMO uses. */
static int cbc(signal_buffer **output, int encrypts, int cipher, const uint8_t *key, size_t key_length,
               const uint8_t *iv, size_t iv_length, const uint8_t *input, size_t length)
{
    static EVP_CIPHER_CTX *context;
    int first = 0, last = 0;
    if (cipher != SG_CIPHER_AES_CBC_PKCS5 || key_length != 32 || iv_length != 16 || length > 1 << 20)
        return SG_ERR_INVAL;
    if (context == NULL) {
        context = EVP_CIPHER_CTX_new();
        if (context == NULL || !EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, NULL, NULL, encrypts))
            return SG_ERR_UNKNOWN;
    }
    signal_buffer *buffer = signal_buffer_alloc(length + 16);
    if (buffer == NULL)
        return SG_ERR_NOMEM;
    uint8_t *data = signal_buffer_data(buffer);
    if (!EVP_CipherInit_ex(context, NULL, NULL, key, iv, encrypts) ||
        !EVP_CipherUpdate(context, data, &first, input, (int)length) ||
        !EVP_CipherFinal_ex(context, data + first, &last)) {
        signal_buffer_free(buffer);
        return SG_ERR_UNKNOWN;
    }
    *output = signal_buffer_n_copy(buffer, (size_t)(first + last));
    signal_buffer_bzero_free(buffer);
    return *output == NULL ? SG_ERR_NOMEM : 0;
}

static int encrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
                   size_t iv_length, const uint8_t *input, size_t length, void *user)
{
    (void)user;
    return cbc(output, 1, cipher, key, key_length, iv, iv_length, input, length);
}

static int decrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
                   size_t iv_length, const uint8_t *input, size_t length, void *user)
{
    (void)user;
    return cbc(output, 0, cipher, key, key_length, iv, iv_length, input, length);
}

const signal_crypto_provider provider = {
    .random_func = random_bytes,
    .hmac_sha256_init_func = hmac_init,
    .hmac_sha256_update_func = hmac_update,
    .hmac_sha256_final_func = hmac_final,
    .hmac_sha256_cleanup_func = release,
    .sha512_digest_init_func = sha512_init,
    .sha512_digest_update_func = sha512_update,
    .sha512_digest_final_func = sha512_final,
    .sha512_digest_cleanup_func = release,
    .encrypt_func = encrypt,
    .decrypt_func = decrypt,
};
