/* SPDX-License-Identifier: MIT */
/* HTTP and WebSocket, by libwebsockets. */
#include "emu/web/pages.h"
#include "emu/web/parts.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 65536
#define LOCAL       "127.0.0.1"

/* One connected page. */
struct web_client {
    struct web_client *next;
    struct lws *wsi;
    uint64_t state_number;     /* the last state it got */
    uint64_t sent[UARTS + 1];  /* bytes of each line it got */
    uint64_t notes;            /* notes it got */
    char reply[WEB_NOTE_SIZE]; /* to its last command; "" none is due */
    char *in;                  /* a message that comes in pieces */
    size_t in_len;
};

/* ---- pages ---- */

static int send_page(struct lws *wsi, const struct web_page *page)
{
    unsigned char head[LWS_PRE + 512], *start = head + LWS_PRE, *p = start,
                                       *end = head + sizeof(head) - 1;

    if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, page->type, page->size, &p, end) ||
        lws_finalize_write_http_header(wsi, start, &p, end)) {
        return 1;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_body(struct lws *wsi, const struct web_page *page)
{
    unsigned char *copy = malloc(LWS_PRE + page->size);

    if (!copy) {
        return 1;
    }
    memcpy(copy + LWS_PRE, page->bytes, page->size);
    int n = lws_write(wsi, copy + LWS_PRE, page->size, LWS_WRITE_HTTP_FINAL);
    free(copy);
    return n < 0 || lws_http_transaction_completed(wsi);
}

/* A page of another site may open a connection to this machine: its Origin gives it away. And a
 * name of somebody else's that leads to this machine is not served: its pages would be of our
 * origin. */
static bool ours(struct lws *wsi, const struct web *w)
{
    char host[256] = "", origin[300] = "";

    lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST);
    lws_hdr_copy(wsi, origin, sizeof(origin), WSI_TOKEN_ORIGIN);
    const char *of = strstr(origin, "://");
    if (of && strcmp(of + 3, host) != 0) {
        return false;
    }
    const size_t name = strcspn(host, ":");
    return !w->local_only || (name == 9 && strncmp(host, "localhost", name) == 0) ||
           (name == strlen(LOCAL) && strncmp(host, LOCAL, name) == 0);
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t len)
{
    const struct web_page **page = user;
    const struct web *w = lws_context_user(lws_get_context(wsi));

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        *page = ours(wsi, w) ? web_page_find(in) : NULL;
        if (!*page) {
            return lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL) ||
                   lws_http_transaction_completed(wsi);
        }
        return send_page(wsi, *page);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return page && *page ? send_body(wsi, *page) : 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

/* ---- messages ---- */

static int send_bytes(struct lws *wsi, const char *text, size_t len)
{
    unsigned char *copy = malloc(LWS_PRE + len);

    if (!copy) {
        return -1;
    }
    memcpy(copy + LWS_PRE, text, len);
    int n = lws_write(wsi, copy + LWS_PRE, len, LWS_WRITE_TEXT);
    free(copy);
    return n < (int)len ? -1 : 0;
}

static int send_text(struct lws *wsi, const char *text)
{
    return send_bytes(wsi, text, strlen(text));
}

static int send_json(struct lws *wsi, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    int n = text ? send_text(wsi, text) : -1;

    free(text);
    json_decref(message);
    return n;
}

static int send_line(struct web *w, struct web_client *c, bool *sent)
{
    for (unsigned n = 1; n <= UARTS; n++) {
        json_t *message = web_line_message(&w->line[n], &c->sent[n]);
        if (message) {
            *sent = true;
            return send_json(c->wsi, message);
        }
    }
    return 0;
}

/* One message at a time: the answer to a command, then characters, notes, the state. */
static int send_next(struct web *w, struct web_client *c)
{
    bool sent = false;

    if (c->reply[0]) {
        char reply[WEB_NOTE_SIZE];
        memcpy(reply, c->reply, sizeof(reply));
        c->reply[0] = '\0';
        return send_text(c->wsi, reply);
    }
    int n = send_line(w, c, &sent);
    if (sent) {
        return n;
    }
    if (c->notes < w->notes_seen) {
        if (w->notes_seen - c->notes > WEB_NOTES) {
            c->notes = w->notes_seen - WEB_NOTES;
        }
        return send_text(c->wsi, w->notes[c->notes++ % WEB_NOTES]);
    }
    if (c->state_number != w->state_number) {
        c->state_number = w->state_number;
        return send_text(c->wsi, w->state);
    }
    return 0;
}

static bool has_more(const struct web *w, const struct web_client *c)
{
    bool more = c->reply[0] || c->notes < w->notes_seen || c->state_number != w->state_number;

    for (unsigned n = 1; n <= UARTS && !more; n++) {
        more = c->sent[n] != w->line[n].sent;
    }
    return more;
}

static void answer(struct web_client *c, const json_t *message, const char *wrong)
{
    json_t *reply = wrong ? json_pack("{s:s, s:s}", "type", "error", "text", wrong)
                          : json_pack("{s:s}", "type", "done");
    json_t *id = json_object_get(message, "id");

    if (reply && id) {
        json_object_set(reply, "id", id);
    }
    char *text = reply ? json_dumps(reply, JSON_COMPACT) : NULL;
    if (text && strlen(text) < sizeof(c->reply)) {
        memcpy(c->reply, text, strlen(text) + 1);
    }
    free(text);
    json_decref(reply);
}

static void take_message(struct web *w, struct web_client *c)
{
    json_error_t error;
    json_t *message = json_loadb(c->in, c->in_len, 0, &error);

    answer(c, message,
           json_is_object(message) ? web_command(w, message)
                                   : "a message is a JSON object, for example {\"do\": \"reset\"}");
    json_decref(message);
    c->in_len = 0;
    lws_callback_on_writable(c->wsi);
}

static int take_piece(struct web *w, struct web_client *c, const void *in, size_t len)
{
    if (c->in_len + len > MESSAGE_MAX) {
        return -1;
    }
    char *more = realloc(c->in, c->in_len + len + 1);
    if (!more) {
        return -1;
    }
    memcpy(more + c->in_len, in, len);
    c->in = more;
    c->in_len += len;
    if (lws_is_final_fragment(c->wsi) && !lws_remaining_packet_payload(c->wsi)) {
        take_message(w, c);
    }
    return 0;
}

static void enter(struct web *w, struct web_client *c, struct lws *wsi)
{
    memset(c, 0, sizeof(*c));
    c->wsi = wsi;
    c->state_number = UINT64_MAX;
    if (!w->state) {
        c->state_number = w->state_number; /* there is none yet */
    }
    c->next = w->clients;
    w->clients = c;
    w->state_ns = 0;
}

static void leave(struct web *w, const struct web_client *c)
{
    for (struct web_client **at = &w->clients; *at; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    free(c->in);
}

static int on_board(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct web *w = lws_context_user(lws_get_context(wsi));
    struct web_client *c = user;

    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return ours(wsi, w) ? 0 : 1;
    case LWS_CALLBACK_ESTABLISHED:
        enter(w, c, wsi);
        return 0;
    case LWS_CALLBACK_CLOSED:
        leave(w, c);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return take_piece(w, c, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return send_next(w, c);
    default:
        return 0;
    }
}

void web_turn(struct web *w)
{
    for (struct web_client *c = w->clients; c; c = c->next) {
        if (has_more(w, c)) {
            lws_callback_on_writable(c->wsi);
        }
    }
    lws_service(w->lws, -1); /* does not wait */
}

/* ---- listening ---- */

static const struct lws_protocols protocols[] = {
    {"http", on_http, sizeof(const struct web_page *), 0, 0, NULL, 0},
    {"duoemu", on_board, sizeof(struct web_client), MESSAGE_MAX, 0, NULL, 0},
    {0},
};

/* PORT or ADDRESS:PORT. */
static bool split(const char *where, char *address, size_t size, int *port)
{
    const char *colon = strrchr(where, ':'), *digits = colon ? colon + 1 : where;
    char *end;
    const long n = strtol(digits, &end, 10);

    if (!*digits || *end || n < 0 || n > 65535) {
        return false;
    }
    *port = (int)n;
    snprintf(address, size, "%.*s", colon ? (int)(colon - where) : (int)strlen(LOCAL),
             colon ? where : LOCAL);
    return true;
}

bool web_listen(struct web *w, const char *where, char *err, size_t errlen)
{
    char address[128];
    int port;

    if (!split(where, address, sizeof(address), &port)) {
        snprintf(err, errlen, "'%s' is neither PORT nor ADDRESS:PORT (port 0 takes a free one)",
                 where);
        return false;
    }
    w->local_only = strcmp(address, LOCAL) == 0;
    lws_set_log_level(0, NULL); /* what fails is said here */
    const struct lws_context_creation_info info = {.port = port,
                                                   .iface = address,
                                                   .protocols = protocols,
                                                   .gid = -1,
                                                   .uid = -1,
                                                   .user = w,
                                                   .options =
                                                       LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND};
    w->lws = lws_create_context(&info);
    struct lws_vhost *host = w->lws ? lws_get_vhost_by_name(w->lws, "default") : NULL;
    if (!host) {
        snprintf(err, errlen,
                 "cannot listen on %s port %d: another program has it, or this machine has no such "
                 "address; port 0 takes a free one",
                 address, port);
        return false;
    }
    fprintf(stderr, "the board is on http://%s:%d/\n", w->local_only ? "localhost" : address,
            lws_get_vhost_listen_port(host));
    return true;
}

void web_unlisten(struct web *w)
{
    if (w->lws) {
        lws_context_destroy(w->lws);
    }
}
