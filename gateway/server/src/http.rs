//! Routes. Everything is a read of the live view, the plan of an order that is only thought of included; every refusal is a typed JSON error.

use crate::documents::{self, Filter, NotOne};
use crate::follow::{Live, Shared};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use shm_wire::codes::{AlgorithmCode, ParentState};
use std::collections::BTreeMap;

const PAGE: &str = include_str!("page.html");
/// Largest request body in bytes: an order.
const BODY_BYTES_MAX: usize = 4_096;
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes over the shared view.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/v1/parents", get(list))
        .route("/v1/parents/{id}", get(one))
        .route("/v1/parents/{id}/why", get(why))
        .route("/v1/plan", post(plan))
        .route("/v1/algorithms", get(algorithms))
        .route("/v1/algorithms/{name}", get(algorithm))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

async fn page() -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(PAGE)).into_response()
}

async fn health() -> Response {
    answer(StatusCode::OK, json!({"status": "alive"}))
}

async fn ready(State(shared): State<Shared>) -> Response {
    let live = shared.lock();
    match live.not_ready() {
        None => answer(
            StatusCode::OK,
            json!({"status": "ready", "run": documents::run(&live)}),
        ),
        Some(why) => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            documents::error(
                "NOT_READY",
                &why,
                None,
                "the journal is found and the view is fresh",
                "ask again; /healthz tells whether the process lives",
            ),
        ),
    }
}

async fn list(
    State(shared): State<Shared>,
    query: Result<Query<BTreeMap<String, String>>, QueryRejection>,
) -> Response {
    let query = match query {
        Ok(Query(query)) => query,
        Err(e) => return bad_query(None, &e.body_text()),
    };
    let mut filter = Filter::default();
    for (name, value) in query {
        match name.as_str() {
            "state" => match ParentState::from_text(&value) {
                Some(state) => filter.state = Some(state),
                None => return bad_query(Some("state"), "no parent state has this name"),
            },
            "instrument" => filter.instrument = Some(value),
            _ => return bad_query(None, "the list has no such filter"),
        }
    }
    let document = documents::parents(&shared.lock(), &filter);
    answer(StatusCode::OK, document)
}

async fn one(State(shared): State<Shared>, id: Result<Path<String>, PathRejection>) -> Response {
    of_parent(&shared, id, documents::parent)
}

async fn why(State(shared): State<Shared>, id: Result<Path<String>, PathRejection>) -> Response {
    of_parent(&shared, id, documents::why)
}

/// A document about one parent order, or the error that the id names none, or several.
fn of_parent(
    shared: &Shared,
    id: Result<Path<String>, PathRejection>,
    document: fn(&Live, &str) -> Result<Value, NotOne>,
) -> Response {
    let found = id
        .map_err(|_| NotOne::Unknown)
        .and_then(|Path(id)| document(&shared.lock(), &id));
    let rule = "id is a client_order_id or source:parent_id";
    let (status, code, message, hint) = match found {
        Ok(document) => return answer(StatusCode::OK, document),
        Err(NotOne::Unknown) => (
            StatusCode::NOT_FOUND,
            "UNKNOWN_PARENT",
            "no parent order has this id",
            "GET /v1/parents lists the parent orders".to_owned(),
        ),
        Err(NotOne::Several(keys)) => (
            StatusCode::CONFLICT,
            "AMBIGUOUS_PARENT",
            "several parent orders have this client_order_id",
            format!("ask by one of their keys: {}", keys.join(", ")),
        ),
    };
    answer(
        status,
        documents::error(code, message, Some("id"), rule, &hint),
    )
}

async fn plan(State(shared): State<Shared>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(e) => {
            let rule = format!("at most {BODY_BYTES_MAX} bytes");
            let document =
                documents::error("BAD_BODY", &e.body_text(), None, &rule, "send one order");
            return answer(StatusCode::PAYLOAD_TOO_LARGE, document);
        }
    };
    let (status, document) = crate::plan::answer(&shared.lock(), &body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(status, document)
}

async fn algorithms() -> Response {
    answer(StatusCode::OK, gateway_schema::algorithm_list())
}

async fn algorithm(name: Result<Path<String>, PathRejection>) -> Response {
    let schema = name
        .ok()
        .and_then(|Path(name)| AlgorithmCode::from_text(&name))
        .and_then(gateway_schema::json_schema);
    match schema {
        Some(schema) => answer(StatusCode::OK, schema),
        None => answer(
            StatusCode::NOT_FOUND,
            documents::error(
                "UNKNOWN_ALGORITHM",
                "no algorithm has this name",
                Some("name"),
                "name is one of those that GET /v1/algorithms lists",
                "GET /v1/algorithms lists the algorithms and their parameters",
            ),
        ),
    }
}

async fn unknown() -> Response {
    answer(
        StatusCode::NOT_FOUND,
        documents::error(
            "UNKNOWN_PATH",
            "nothing is here",
            None,
            "the paths are /, /healthz, /readyz, /v1/parents, /v1/parents/{id}, /v1/parents/{id}/why, /v1/plan, /v1/algorithms and /v1/algorithms/{name}",
            "GET / shows the live page",
        ),
    )
}

async fn not_allowed(uri: Uri) -> Response {
    let only = if uri.path() == "/v1/plan" {
        "this path answers POST only"
    } else {
        "this path answers GET only"
    };
    answer(
        StatusCode::METHOD_NOT_ALLOWED,
        documents::error(
            "METHOD_NOT_ALLOWED",
            only,
            None,
            "the gateway reads; it never changes an order",
            "submit orders through an order link",
        ),
    )
}

fn bad_query(field: Option<&str>, message: &str) -> Response {
    let states: Vec<&str> = ParentState::ALL.iter().map(|s| s.text()).collect();
    answer(
        StatusCode::BAD_REQUEST,
        documents::error(
            "BAD_QUERY",
            message,
            field,
            "filters are state and instrument, once each",
            &format!("states: {}", states.join(", ")),
        ),
    )
}

fn answer(status: StatusCode, document: Value) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, Json(document)).into_response()
}
