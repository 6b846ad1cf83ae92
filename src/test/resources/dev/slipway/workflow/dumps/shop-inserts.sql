--
-- PostgreSQL database dump
--

\restrict SygI9UjdjkyIpecChCuWc8afnl1R2x9q7CMoRGCBNivRjBXMKWEb0AvJiUjfviF

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: slipway
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'happy'
);


ALTER TYPE public.mood OWNER TO slipway;

--
-- Name: thrice(integer); Type: FUNCTION; Schema: public; Owner: slipway
--

CREATE FUNCTION public.thrice(n integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (n > 0) THEN (3 * n)
             ELSE 0
         END AS "case";
END;


ALTER FUNCTION public.thrice(n integer) OWNER TO slipway;

--
-- Name: twice(integer); Type: FUNCTION; Schema: public; Owner: slipway
--

CREATE FUNCTION public.twice(n integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$ BEGIN RETURN 2 * n; END $$;


ALTER FUNCTION public.twice(n integer) OWNER TO slipway;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: items; Type: TABLE; Schema: public; Owner: slipway
--

CREATE TABLE public.items (
    id integer NOT NULL,
    name text NOT NULL,
    price numeric(10,2),
    tags text[],
    raw bytea,
    note text,
    CONSTRAINT items_price_check CHECK ((price >= (0)::numeric))
);


ALTER TABLE public.items OWNER TO slipway;

--
-- Name: TABLE items; Type: COMMENT; Schema: public; Owner: slipway
--

COMMENT ON TABLE public.items IS 'what''s sold; \ and such';


--
-- Name: cheap; Type: VIEW; Schema: public; Owner: slipway
--

CREATE VIEW public.cheap AS
 SELECT items.name
   FROM public.items
  WHERE (items.price < (1)::numeric);


ALTER TABLE public.cheap OWNER TO slipway;

--
-- Name: empty; Type: TABLE; Schema: public; Owner: slipway
--

CREATE TABLE public.empty (
    id integer
);


ALTER TABLE public.empty OWNER TO slipway;

--
-- Name: items_id_seq; Type: SEQUENCE; Schema: public; Owner: slipway
--

CREATE SEQUENCE public.items_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.items_id_seq OWNER TO slipway;

--
-- Name: items_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: slipway
--

ALTER SEQUENCE public.items_id_seq OWNED BY public.items.id;


--
-- Name: orders; Type: TABLE; Schema: public; Owner: slipway
--

CREATE TABLE public.orders (
    id bigint NOT NULL,
    item integer,
    feels public.mood,
    at timestamp with time zone DEFAULT now()
);


ALTER TABLE public.orders OWNER TO slipway;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: slipway
--

ALTER TABLE public.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: items id; Type: DEFAULT; Schema: public; Owner: slipway
--

ALTER TABLE ONLY public.items ALTER COLUMN id SET DEFAULT nextval('public.items_id_seq'::regclass);


--
-- Name: 16423; Type: BLOB; Schema: -; Owner: slipway
--

SELECT pg_catalog.lo_create('16423');


ALTER LARGE OBJECT 16423 OWNER TO slipway;

--
-- Data for Name: empty; Type: TABLE DATA; Schema: public; Owner: slipway
--



--
-- Data for Name: items; Type: TABLE DATA; Schema: public; Owner: slipway
--

INSERT INTO public.items VALUES (1, 'item 1', 0.10, '{a,"b\\\"c"}', '\xc4ca4238a0b923820dcc509a6f75849b', NULL);
INSERT INTO public.items VALUES (2, 'item 2', 0.20, '{a,"b\\\"c"}', '\xc81e728d9d4c2f636f067f89cc14862c', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (3, 'item 3', 0.30, '{a,"b\\\"c"}', '\xeccbc87e4b5ce2fe28308fd9f2a7baf3', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (4, 'item 4', 0.40, '{a,"b\\\"c"}', '\xa87ff679a2f3e71d9181a67b7542122c', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (5, 'item 5', 0.50, '{a,"b\\\"c"}', '\xe4da3b7fbbce2345d7772b0674a318d5', NULL);
INSERT INTO public.items VALUES (6, 'item 6', 0.60, '{a,"b\\\"c"}', '\x1679091c5a880faf6fb5e6087eb1b2dc', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (7, 'item 7', 0.70, '{a,"b\\\"c"}', '\x8f14e45fceea167a5a36dedd4bea2543', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (8, 'item 8', 0.80, '{a,"b\\\"c"}', '\xc9f0f895fb98ab9159f51fd0297e236d', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (9, 'item 9', 0.90, '{a,"b\\\"c"}', '\x45c48cce2e2d7fbdea1afc51c7c6ad26', NULL);
INSERT INTO public.items VALUES (10, 'item 10', 1.00, '{a,"b\\\"c"}', '\xd3d9446802a44259755d38e6d163e820', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (11, 'item 11', 1.10, '{a,"b\\\"c"}', '\x6512bd43d9caa6e02c990b0a82652dca', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (12, 'item 12', 1.20, '{a,"b\\\"c"}', '\xc20ad4d76fe97759aa27a0c99bff6710', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (13, 'item 13', 1.30, '{a,"b\\\"c"}', '\xc51ce410c124a10e0db5e4b97fc2af39', NULL);
INSERT INTO public.items VALUES (14, 'item 14', 1.40, '{a,"b\\\"c"}', '\xaab3238922bcc25a6f606eb525ffdc56', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (15, 'item 15', 1.50, '{a,"b\\\"c"}', '\x9bf31c7ff062936a96d3c8bd1f8f2ff3', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (16, 'item 16', 1.60, '{a,"b\\\"c"}', '\xc74d97b01eae257e44aa9d5bade97baf', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (17, 'item 17', 1.70, '{a,"b\\\"c"}', '\x70efdf2ec9b086079795c442636b55fb', NULL);
INSERT INTO public.items VALUES (18, 'item 18', 1.80, '{a,"b\\\"c"}', '\x6f4922f45568161a8cdf4ad2299f6d23', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (19, 'item 19', 1.90, '{a,"b\\\"c"}', '\x1f0e3dad99908345f7439f8ffabdffc4', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (20, 'item 20', 2.00, '{a,"b\\\"c"}', '\x98f13708210194c475687be6106a3b84', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (21, 'item 21', 2.10, '{a,"b\\\"c"}', '\x3c59dc048e8850243be8079a5c74d079', NULL);
INSERT INTO public.items VALUES (22, 'item 22', 2.20, '{a,"b\\\"c"}', '\xb6d767d2f8ed5d21a44b0e5886680cb9', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (23, 'item 23', 2.30, '{a,"b\\\"c"}', '\x37693cfc748049e45d87b8c7d8b9aacd', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (24, 'item 24', 2.40, '{a,"b\\\"c"}', '\x1ff1de774005f8da13f42943881c655f', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (25, 'item 25', 2.50, '{a,"b\\\"c"}', '\x8e296a067a37563370ded05f5a3bf3ec', NULL);
INSERT INTO public.items VALUES (26, 'item 26', 2.60, '{a,"b\\\"c"}', '\x4e732ced3463d06de0ca9a15b6153677', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (27, 'item 27', 2.70, '{a,"b\\\"c"}', '\x02e74f10e0327ad868d138f2b4fdd6f0', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (28, 'item 28', 2.80, '{a,"b\\\"c"}', '\x33e75ff09dd601bbe69f351039152189', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (29, 'item 29', 2.90, '{a,"b\\\"c"}', '\x6ea9ab1baa0efb9e19094440c317e21b', NULL);
INSERT INTO public.items VALUES (30, 'item 30', 3.00, '{a,"b\\\"c"}', '\x34173cb38f07f89ddbebc2ac9128303f', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (31, 'item 31', 3.10, '{a,"b\\\"c"}', '\xc16a5320fa475530d9583c34fd356ef5', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (32, 'item 32', 3.20, '{a,"b\\\"c"}', '\x6364d3f0f495b6ab9dcf8d3b5c6e0b01', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (33, 'item 33', 3.30, '{a,"b\\\"c"}', '\x182be0c5cdcd5072bb1864cdee4d3d6e', NULL);
INSERT INTO public.items VALUES (34, 'item 34', 3.40, '{a,"b\\\"c"}', '\xe369853df766fa44e1ed0ff613f563bd', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (35, 'item 35', 3.50, '{a,"b\\\"c"}', '\x1c383cd30b7c298ab50293adfecb7b18', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (36, 'item 36', 3.60, '{a,"b\\\"c"}', '\x19ca14e7ea6328a42e0eb13d585e4c22', 'tab	and
line \. and \! and ''quote''');
INSERT INTO public.items VALUES (37, 'item 37', 3.70, '{a,"b\\\"c"}', '\xa5bfc9e07964f8dddeb95fc584cd965d', NULL);
INSERT INTO public.items VALUES (38, 'item 38', 3.80, '{a,"b\\\"c"}', '\xa5771bce93e200c36f7cd9dfd0e5deaa', 'DROP DATABASE app;');
INSERT INTO public.items VALUES (39, 'item 39', 3.90, '{a,"b\\\"c"}', '\xd67d8ab4f4c10bf22aa353e27879133c', 'ümlaut $$ $a$');
INSERT INTO public.items VALUES (40, 'item 40', 4.00, '{a,"b\\\"c"}', '\xd645920e395fedad7bbbed0eca3fe2e0', 'tab	and
line \. and \! and ''quote''');


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: slipway
--

INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (1, 2, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (2, 3, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (3, 4, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (4, 5, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (5, 6, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (6, 7, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (7, 8, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (8, 9, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (9, 10, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (10, 11, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (11, 12, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (12, 13, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (13, 14, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (14, 15, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (15, 16, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (16, 17, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (17, 18, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (18, 19, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (19, 20, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (20, 21, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (21, 22, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (22, 23, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (23, 24, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (24, 25, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (25, 26, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (26, 27, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (27, 28, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (28, 29, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (29, 30, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (30, 31, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (31, 32, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (32, 33, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (33, 34, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (34, 35, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (35, 36, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (36, 37, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (37, 38, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (38, 39, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (39, 40, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (40, 1, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (41, 2, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (42, 3, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (43, 4, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (44, 5, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (45, 6, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (46, 7, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (47, 8, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (48, 9, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (49, 10, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (50, 11, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (51, 12, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (52, 13, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (53, 14, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (54, 15, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (55, 16, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (56, 17, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (57, 18, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (58, 19, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (59, 20, 'happy', '2026-01-01 00:00:00+00');
INSERT INTO public.orders OVERRIDING SYSTEM VALUE VALUES (60, 21, 'happy', '2026-01-01 00:00:00+00');


--
-- Name: items_id_seq; Type: SEQUENCE SET; Schema: public; Owner: slipway
--

SELECT pg_catalog.setval('public.items_id_seq', 40, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: slipway
--

SELECT pg_catalog.setval('public.orders_id_seq', 60, true);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('16423', 131072);
SELECT pg_catalog.lowrite(0, '\x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: items items_pkey; Type: CONSTRAINT; Schema: public; Owner: slipway
--

ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: slipway
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: items_name; Type: INDEX; Schema: public; Owner: slipway
--

CREATE INDEX items_name ON public.items USING btree (name);


--
-- Name: orders orders_item_fkey; Type: FK CONSTRAINT; Schema: public; Owner: slipway
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_item_fkey FOREIGN KEY (item) REFERENCES public.items(id);


--
-- PostgreSQL database dump complete
--

\unrestrict SygI9UjdjkyIpecChCuWc8afnl1R2x9q7CMoRGCBNivRjBXMKWEb0AvJiUjfviF

